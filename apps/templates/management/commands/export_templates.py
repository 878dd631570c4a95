"""``manage.py export_templates DIR``: every published version as a file that ``import_templates`` takes."""

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.access import policy
from apps.core.errors import Hidden
from apps.templates.files.export import Directory, ExportRefused, file_names
from apps.templates.models import TemplateVersion
from apps.templates.services.read import published_templates, versions_of


class Command(BaseCommand):
    help = "Write every published version to DIR/<templateId>/<version>.yaml."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR")
        parser.add_argument(
            "--template", action="append", dest="templates", metavar="ID", help="only this template; can be repeated"
        )
        parser.add_argument("--prune", action="store_true", help="remove files of versions that are not published")

    def handle(self, *, directory: Path, templates: list[str] | None, prune: bool, **options: Any) -> None:
        folders = _folders(templates)
        into = Directory(directory)
        self._counts = dict.fromkeys(("written", "unchanged", "removed", "left over", "failed"), 0)
        published = set()
        for template_id in templates or folders:
            for version, name in _versions(template_id):
                published.add((template_id, version.version))
                self._export(into, version, folders[template_id], name)
        for path in into.left_over(published, templates):
            self._take_away(into, path, prune=prune)
        self.stdout.write(", ".join(f"{count} {done}" for done, count in self._counts.items() if count) or "nothing")
        if self._counts["failed"]:
            raise CommandError("Not everything could be exported.")

    def _export(self, into: Directory, version: TemplateVersion, folder: str, name: str) -> None:
        if into.contains((version.template_id, version.version), version.sha256):
            self._counts["unchanged"] += 1
            return
        try:
            self._report(into.write(version, folder, name), "written")
        except ExportRefused as error:
            self._fail(f"{version}: {error}")
        except OSError as error:
            self._fail(f"{version}: {error.strerror}: {error.filename}")

    def _take_away(self, into: Directory, path: Path, *, prune: bool) -> None:
        if not prune:
            self._report(path, "left over")
            return
        try:
            into.remove(path)
            self._report(path, "removed")
        except OSError as error:
            self._fail(f"{path}: {error.strerror}")

    def _report(self, path: Path, done: str) -> None:
        self._counts[done] += 1
        self.stdout.write(f"{path}: {done}")

    def _fail(self, message: str) -> None:
        self._counts["failed"] += 1
        self.stderr.write(message)


def _folders(templates: list[str] | None) -> Mapping[str, str]:
    """Return the directory of each template that has something published."""
    known = published_templates(policy.SYSTEM).order_by("template_id").values_list("template_id", flat=True)
    folders = file_names(known)
    for template_id in templates or ():
        if template_id not in folders:
            raise CommandError(f"There is no published template {template_id!r}.")
    return folders


def _versions(template_id: str) -> Iterator[tuple[TemplateVersion, str]]:
    """Yield the published versions of a template in the order of publication, each with the name of its file."""
    try:
        rows = versions_of(policy.SYSTEM, template_id=template_id).published()
    except Hidden:
        # Deleted since its name was read.
        return
    names = file_names(rows.values_list("version", flat=True))
    for version in rows.order_by("publication").iterator(chunk_size=20):
        yield version, names[version.version]
