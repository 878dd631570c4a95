"""Files with templates in them: the order in which they are read, and what each holds."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.core.json.strict import Malformed
from apps.core.schema.json_schema import Problem
from apps.templates.formats.languages import LANGUAGES, Source
from apps.templates.versioning import versions


@dataclass(frozen=True, slots=True)
class TemplateFile:
    """A file that was read: its text and the value in it, which need not be a document."""

    path: Path
    source: Source
    value: Any

    @property
    def key(self) -> tuple[str, str] | None:
        """Template and version that the file says it holds, if it says so."""
        if not isinstance(self.value, Mapping):
            return None
        match self.value.get("templateId"), self.value.get("version"):
            case str(template_id), str(version) if versions.is_version(version):
                return template_id, version
        return None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that could not be read."""

    path: Path
    error: OSError | Malformed
    key: None = None


File = TemplateFile | Unreadable


def files(paths: Iterable[Path]) -> Iterator[File]:
    """Yield each of ``paths``, and of directories all files below that may hold a template; hidden ones are left out.

    The versions of a template come oldest first: of the files named in ``paths``, and of each directory's own files.
    These are held at once.
    """
    places = list(paths)
    yield from _oldest_first(read(path) for path in places if not path.is_dir())
    for path in places:
        if path.is_dir():
            for folder in _folders(path):
                yield from _oldest_first(folder)


def read(path: Path) -> File:
    """Return what one file holds."""
    try:
        source = Source(_text(path), LANGUAGES[path.suffix])
        return TemplateFile(path, source, source.read())
    except KeyError:
        return Unreadable(path, Malformed(Problem("", f"its name must end in {', '.join(LANGUAGES)}")))
    except (OSError, Malformed) as error:
        return Unreadable(path, error)


def _text(path: Path) -> bytes:
    with path.open("rb") as file:
        text = file.read(settings.MAX_BODY_BYTES + 1)
    if len(text) > settings.MAX_BODY_BYTES:
        raise Malformed(Problem("", f"it is larger than {settings.MAX_BODY_BYTES} bytes"))
    return text


def _folders(top: Path) -> Iterator[list[File]]:
    """Yield what the files of each directory hold, by name; a directory comes before those inside it."""
    failed: list[OSError] = []
    for folder, inside, names in os.walk(top, onerror=failed.append):
        inside[:] = sorted(name for name in inside if not name.startswith("."))
        paths = [Path(folder, name) for name in sorted(names) if not name.startswith(".")]
        yield [read(path) for path in paths if path.suffix in LANGUAGES]
    yield [Unreadable(Path(error.filename), error) for error in failed]


def _oldest_first(found: Iterable[File]) -> Iterator[File]:
    """Yield the files of a template together, where the first of them came."""
    groups: list[list[File]] = []
    of_template: dict[str, list[File]] = {}
    for file in found:
        group = of_template.get(file.key[0]) if file.key else None
        if group is None:
            group = []
            groups.append(group)
            if file.key:
                of_template[file.key[0]] = group
        group.append(file)
    for group in groups:
        yield from sorted(group, key=_age)


def _age(file: File) -> Any:
    return versions.precedence(file.key[1]) if file.key else ()
