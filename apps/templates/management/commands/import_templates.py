"""``manage.py import_templates PATH…``: job templates from JSON and YAML files."""

from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core import policy
from apps.core.errors import Refusal
from apps.core.models import User
from apps.core.schemas import Problem
from apps.core.strict_json import Malformed
from apps.templates import template_files
from apps.templates.errors import DocumentInvalid
from apps.templates.services.create import require_valid
from apps.templates.services.imports import Rehearsal, import_version
from apps.templates.template_files import File, Unreadable

# Takes a document and says what became of it. Refusal if nothing did.
Act = Callable[[Any], str]


class Command(BaseCommand):
    help = "Import job templates from JSON or YAML files, or from all such files in directories."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--owner", metavar="USERNAME", help="who may view, change and start the templates")
        only = parser.add_mutually_exclusive_group()
        only.add_argument("--check", action="store_true", help="say what is wrong with the files, store nothing")
        only.add_argument("--dry-run", action="store_true", help="say what would be imported, store nothing")

    def handle(self, *, paths: list[Path], owner: str | None, check: bool, dry_run: bool, **options: Any) -> None:
        user = None if check else _user(owner)
        act = _check if check else _rehearsing() if dry_run else _importing(user)
        taken = [self._take(file, act) for file in template_files.files(paths)]
        if not all(taken):
            outcome = "are not valid" if check else "could not be imported"
            raise CommandError(f"{taken.count(False)} of {len(taken)} files {outcome}.")

    def _take(self, file: File, act: Act) -> bool:
        if isinstance(file, Unreadable):
            return self._refuse_unreadable(file)
        try:
            self.stdout.write(f"{file.path}: {act(file.value)}")
        except DocumentInvalid as error:
            return self._list(file.path, file.source.located(error.problems))
        except Refusal as error:
            self.stderr.write(f"{file.path}: {error.detail}")
            return self._list(file.path, file.source.located(error.problems))
        return True

    def _refuse_unreadable(self, file: Unreadable) -> bool:
        if isinstance(file.error, Malformed):
            return self._list(file.path, [file.error.problem])
        self.stderr.write(f"{file.path}: {file.error.strerror or 'it cannot be read'}")
        return False

    def _list(self, path: Path, problems: Iterable[Problem]) -> bool:
        """A line for each, of the form that editors and CI take for a place in a file."""
        for problem in problems:
            place = f"{path}:{problem.line}:{problem.column}" if problem.line else path
            self.stderr.write(f"{place}: {problem.pointer or '/'}: {problem.message}")
        return False


def _importing(owner: User | None) -> Act:
    def act(document: Any) -> str:
        version, stored = import_version(policy.SYSTEM, document=document, owner=owner)
        return f"{version} {'imported' if stored else 'unchanged'}"

    return act


def _rehearsing() -> Act:
    rehearsal = Rehearsal(policy.SYSTEM)

    def act(document: Any) -> str:
        is_new = rehearsal.take(document)
        return f"{document['templateId']} {document['version']} {'new' if is_new else 'unchanged'}"

    return act


def _check(document: Any) -> str:
    require_valid(document)
    return "valid"


def _user(name: str | None) -> User | None:
    if name is None:
        return None
    try:
        return User.objects.get(username=name)
    except User.DoesNotExist:
        raise CommandError(f"There is no user {name!r}.") from None
