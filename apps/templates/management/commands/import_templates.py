"""``manage.py import_templates PATH…``: job templates from JSON and YAML files."""

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.core import policy
from apps.core.errors import Refusal
from apps.core.models import User
from apps.core.schemas import Problem
from apps.core.strict_json import Malformed
from apps.templates import documents
from apps.templates.errors import DocumentInvalid
from apps.templates.services.imports import import_version
from apps.templates.step_types import registry
from apps.templates.texts import LANGUAGES, Source


class Command(BaseCommand):
    help = "Import job templates from JSON or YAML files, or from all such files in directories."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--owner", metavar="USERNAME", help="who may view, change and start the templates")
        parser.add_argument("--check", action="store_true", help="say what is wrong with the files, store nothing")

    def handle(self, *, paths: list[Path], owner: str | None, check: bool, **options: Any) -> None:
        user = None if check else _user(owner)
        files = list(_files(paths))
        failed = sum(not self._take(path, user, check=check) for path in files)
        if failed:
            outcome = "are not valid" if check else "could not be imported"
            raise CommandError(f"{failed} of {len(files)} files {outcome}.")

    def _take(self, path: Path, owner: User | None, *, check: bool) -> bool:
        try:
            source = _source(path)
            self.stdout.write(f"{path}: {_check(source) if check else _import(source, owner)}")
        except OSError as error:
            return self._refuse(path, error.strerror or "it cannot be read")
        except Malformed as error:
            return self._list(path, [error.problem])
        except DocumentInvalid as error:
            return self._list(path, source.located(error.problems))
        except Refusal as error:
            return self._refuse(path, error.detail)
        return True

    def _refuse(self, path: Path, detail: str) -> bool:
        self.stderr.write(f"{path}: {detail}")
        return False

    def _list(self, path: Path, problems: Iterable[Problem]) -> bool:
        """A line for each, of the form that editors and CI take for a place in a file."""
        for problem in problems:
            place = f"{path}:{problem.line}:{problem.column}" if problem.line else path
            self.stderr.write(f"{place}: {problem.pointer or '/'}: {problem.message}")
        return False


def _import(source: Source, owner: User | None) -> str:
    version, stored = import_version(policy.SYSTEM, document=source.read(), owner=owner)
    return f"{version} {'imported' if stored else 'unchanged'}"


def _check(source: Source) -> str:
    problems = documents.validate(source.read(), registry)
    if problems:
        raise DocumentInvalid(problems)
    return "valid"


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
            yield from sorted(found for found in path.rglob("*") if found.suffix in LANGUAGES and found.is_file())
        else:
            yield path


def _source(path: Path) -> Source:
    language = LANGUAGES.get(path.suffix)
    if language is None:
        raise Malformed(Problem("", f"its name must end in {', '.join(LANGUAGES)}"))
    with path.open("rb") as file:
        text = file.read(settings.MAX_BODY_BYTES + 1)
    if len(text) > settings.MAX_BODY_BYTES:
        raise Malformed(Problem("", f"it is larger than {settings.MAX_BODY_BYTES} bytes"))
    return Source(text, language)
