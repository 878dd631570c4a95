"""``manage.py import_templates PATH…``: job templates from JSON and YAML files."""

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.core import policy, strict_json
from apps.core.errors import Refusal
from apps.core.models import User
from apps.core.schemas import Problem
from apps.core.strict_json import Malformed
from apps.templates import yaml_text
from apps.templates.services.create import import_version

READERS = {".json": strict_json.loads, ".yaml": yaml_text.loads, ".yml": yaml_text.loads}


class Command(BaseCommand):
    help = "Import job templates from JSON or YAML files, or from all such files in directories."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--owner", metavar="USERNAME", help="who may view, change and start the templates")

    def handle(self, *, paths: list[Path], owner: str | None, **options: Any) -> None:
        user = _user(owner)
        files = list(_files(paths))
        failed = sum(not self._import(path, user) for path in files)
        if failed:
            raise CommandError(f"{failed} of {len(files)} files could not be imported.")

    def _import(self, path: Path, owner: User | None) -> bool:
        try:
            document = _read(path)
            version, stored = import_version(policy.SYSTEM, document=document, owner=owner)
        except OSError as error:
            return self._refuse(path, error.strerror or "it cannot be read", ())
        except Malformed as error:
            return self._refuse(path, "it cannot be read", [error.problem])
        except Refusal as error:
            return self._refuse(path, error.detail, error.problems)
        self.stdout.write(f"{path}: {version} {'imported' if stored else 'unchanged'}")
        return True

    def _refuse(self, path: Path, detail: str, problems: Iterable[Problem]) -> bool:
        self.stderr.write(f"{path}: {detail}")
        for problem in problems:
            place = f"line {problem.line}, column {problem.column}" if problem.line else problem.pointer or "/"
            self.stderr.write(f"  {place}: {problem.message}")
        return False


def _user(name: str | None) -> User | None:
    if name is None:
        return None
    try:
        return User.objects.get(username=name)
    except User.DoesNotExist:
        raise CommandError(f"There is no user {name!r}.") from None


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(found for found in path.rglob("*") if found.suffix in READERS and found.is_file())
        else:
            yield path


def _read(path: Path) -> Any:
    reader = READERS.get(path.suffix)
    if reader is None:
        raise Malformed(Problem("", f"its name must end in {', '.join(READERS)}"))
    with path.open("rb") as file:
        text = file.read(settings.MAX_BODY_BYTES + 1)
    if len(text) > settings.MAX_BODY_BYTES:
        raise Malformed(Problem("", f"it is larger than {settings.MAX_BODY_BYTES} bytes"))
    return reader(text)
