"""Published versions as files: a directory that ``import_templates`` takes, and that can live in git.

DIR/<templateId>/<version>.yaml. A version that some file below DIR holds already stays in that file, wherever it is
and however it is written: a directory that was imported is not touched by an export.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from apps.core.json import canonical
from apps.templates.files import reader
from apps.templates.files.reader import File, TemplateFile
from apps.templates.formats import yaml_writer
from apps.templates.models import TemplateVersion

# A template and one of its versions.
Key = tuple[str, str]


class ExportRefused(Exception):
    """Refusal to write a file; the message says why."""


@dataclass(frozen=True, slots=True)
class VersionFile:
    """A file that holds a version; ``sha256`` is that of the document in it."""

    path: Path
    sha256: str


class Directory:
    """Files of a directory, and the places that versions get in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._files: dict[Path, Key | None] = {}
        self._held: dict[Key, list[VersionFile]] = {}
        for file in reader.files([root] if root.is_dir() else []):
            self._note(file)

    def _note(self, file: File) -> None:
        self._files[file.path] = file.key
        if isinstance(file, TemplateFile) and file.key:
            self._held.setdefault(file.key, []).append(VersionFile(file.path, canonical.sha256(file.value)))

    def contains(self, key: Key, sha256: str) -> bool:
        """Return whether some file holds the version with just this document."""
        return any(held.sha256 == sha256 for held in self._held.get(key, ()))

    def write(self, version: TemplateVersion, folder: str, name: str) -> Path:
        """Put a version into its place. Raises ExportRefused where something else stands in the way, and OSError."""
        text, ending = _text(version)
        path = self.root / folder / f"{name}{ending}"
        key = (version.template_id, version.version)
        others = [held.path for held in self._held.get(key, ()) if held.path != path]
        if others:
            raise ExportRefused(f"{others[0]} holds another document for {version}")
        if path.exists() and self._files.get(path) != key:
            raise ExportRefused(f"{path} holds something else")
        if not path.parent.resolve().is_relative_to(self.root.resolve()):
            raise ExportRefused(f"{path.parent} leads out of the directory")
        _replace(path, text)
        return path

    def left_over(self, published: Collection[Key], templates: Collection[str] | None) -> Iterator[Path]:
        """Yield files at the place of a version that is not published, of the ``templates`` named or of all."""
        for key, found in self._held.items():
            if key not in published and (templates is None or key[0] in templates):
                yield from (held.path for held in found if _is_place_of(held.path, self.root, key))

    def remove(self, path: Path) -> None:
        """Remove a file, and its directory when it is empty. Raises OSError."""
        path.unlink()
        if not any(path.parent.iterdir()):
            path.parent.rmdir()


def file_names(names: Iterable[str]) -> Mapping[str, str]:
    """Return how each of ``names`` is called as a file or directory.

    By itself. Of those that differ in case alone, and are one on some file systems, only one in small letters is; the
    others are marked.
    """
    wanted = list(names)
    alike = Counter(name.lower() for name in wanted)
    return {name: name if alike[name.lower()] == 1 or name == name.lower() else _marked(name) for name in wanted}


def _marked(name: str) -> str:
    # No templateId and no version has a tilde in it.
    return f"{name}~{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _is_place_of(path: Path, root: Path, key: Key) -> bool:
    """Return whether an export would put the version there."""
    folder, version = path.parent, path.stem
    return folder.parent == root and folder.name in (key[0], _marked(key[0])) and version in (key[1], _marked(key[1]))


def _text(version: TemplateVersion) -> tuple[bytes, str]:
    """Return the text and the ending of the file: YAML, or JSON where YAML is too long to be imported again."""
    try:
        text = yaml_writer.dumps(version.document, limit=settings.MAX_BODY_BYTES).encode()
    except yaml_writer.TooLong:
        text = b""
    if 0 < len(text) <= settings.MAX_BODY_BYTES:
        return text, ".yaml"
    text = f"{version.text}\n".encode()
    if len(text) > settings.MAX_BODY_BYTES:
        raise ExportRefused(f"{version} has more than {settings.MAX_BODY_BYTES} bytes and could not be imported again")
    return text, ".json"


def _replace(path: Path, text: bytes) -> None:
    """Write the file so that at every moment it is the old one or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.parent / f".export-{os.getpid()}.tmp"
    try:
        unfinished.write_bytes(text)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
