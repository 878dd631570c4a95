"""``manage.py import_templates PATH…``: job templates from JSON and YAML files."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.access import policy
from apps.core.errors import Refusal
from apps.core.json.strict import Malformed
from apps.core.models import User
from apps.core.schema.json_schema import Problem
from apps.templates.errors import DocumentInvalid
from apps.templates.files import reader
from apps.templates.files.reader import File, Unreadable
from apps.templates.services.create import require_well_formed
from apps.templates.services.imports import DryRun, import_version

# Takes a document; returns its name, empty if that is not to be shown, and the outcome. Raises Refusal.
Importer = Callable[[Any], tuple[str, str]]
FAILED = ("conflict", "invalid", "unreadable")


class Command(BaseCommand):
    help = "Import job templates from JSON or YAML files, or from all such files in directories."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--owner", metavar="USERNAME", help="who may view, change and start the templates")
        only = parser.add_mutually_exclusive_group()
        only.add_argument("--check", action="store_true", help="report errors in the files, store nothing")
        only.add_argument("--dry-run", action="store_true", help="report what would be imported, store nothing")

    def handle(self, *, paths: list[Path], owner: str | None, check: bool, dry_run: bool, **options: Any) -> None:
        user = None if check else _user(owner)
        importer = _check if check else _dry_running() if dry_run else _importing(user)
        counts = Counter(self._take(file, importer) for file in reader.files(paths))
        if dry_run:
            self.stdout.write(", ".join(f"{count} {became}" for became, count in counts.items()) or "nothing")
        failed = sum(counts[became] for became in FAILED)
        if failed:
            outcome = "are not valid" if check else "could not be imported"
            raise CommandError(f"{failed} of {counts.total()} files {outcome}.")

    def _take(self, file: File, importer: Importer) -> str:
        """Process the file and return its outcome."""
        if isinstance(file, Unreadable):
            return self._report_unreadable(file)
        try:
            name, became = importer(file.value)
        except DocumentInvalid as error:
            self._list(file.path, file.source.located(error.problems))
            return "invalid"
        except Refusal as error:
            self.stderr.write(f"{file.path}: {error.detail}")
            self._list(file.path, file.source.located(error.problems))
            return "conflict"
        self.stdout.write(f"{file.path}: {name} {became}" if name else f"{file.path}: {became}")
        return became

    def _report_unreadable(self, file: Unreadable) -> str:
        if isinstance(file.error, Malformed):
            self._list(file.path, [file.error.problem])
            return "invalid"
        self.stderr.write(f"{file.path}: {file.error.strerror or 'it cannot be read'}")
        return "unreadable"

    def _list(self, path: Path, problems: Iterable[Problem]) -> None:
        """Write a line for each, in the form that editors and CI take for a place in a file."""
        for problem in problems:
            place = f"{path}:{problem.line}:{problem.column}" if problem.line else path
            self.stderr.write(f"{place}: {problem.pointer or '/'}: {problem.message}")


def _importing(owner: User | None) -> Importer:
    def importer(document: Any) -> tuple[str, str]:
        version, stored = import_version(policy.SYSTEM, document=document, owner=owner)
        return str(version), "imported" if stored else "unchanged"

    return importer


def _dry_running() -> Importer:
    dry_run = DryRun(policy.SYSTEM)

    def importer(document: Any) -> tuple[str, str]:
        is_new = dry_run.take(document)
        return f"{document['templateId']} {document['version']}", "new" if is_new else "unchanged"

    return importer


def _check(document: Any) -> tuple[str, str]:
    require_well_formed(document)
    return "", "valid"


def _user(name: str | None) -> User | None:
    if name is None:
        return None
    try:
        return User.objects.get(username=name)
    except User.DoesNotExist:
        raise CommandError(f"There is no user {name!r}.") from None
