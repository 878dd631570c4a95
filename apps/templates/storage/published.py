"""Published versions for whoever starts workflows from them.

Which version is the newest stands in the template's row, which is read each time: the answer may change at any moment,
and a start must not miss what was just published. A document never changes, so it is kept under its hash in
this process and, for all processes, in the cache: neither can ever be stale.
"""

import json
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Any
from uuid import UUID

from django.core.cache import cache

from apps.templates.documents import validation
from apps.templates.errors import TemplateUnknown, VersionUnknown
from apps.templates.models import JobTemplate, TemplateVersion
from apps.templates.versioning import versions

# Of documents' text. Parsed, they take several times as much.
MAX_CACHED_LENGTH = 8_000_000
CACHED_SECONDS = 24 * 3600


@dataclass(frozen=True)
class PublishedVersion:
    """A published version that workflows are started from."""

    template_pk: UUID
    template_id: str
    version: str
    # Shared by all who ask for it: to be read, never changed.
    document: dict[str, Any]
    # Of the canonical document.
    sha256: str


def resolve_published(template_id: str, wanted: str | None = None) -> PublishedVersion:
    """Return the newest published version that ``wanted`` means (an exact version, a range, ``latest`` or None).

    Raises TemplateUnknown, VersionUnknown, RangeInvalid. Asks no policy: the caller asks it about ``template_pk``.
    """
    rows = JobTemplate.objects.filter(template_id=template_id).values_list(*_PROJECTION)
    row = rows.first() if validation.is_template_id(template_id) else None
    if row is None:
        raise TemplateUnknown(template_id)
    template_pk, newest, version, sha256 = row
    if wanted is not None and wanted not in (versions.LATEST, version):
        newest, version, sha256 = _meant(template_pk, template_id, wanted)
    if newest is None:
        raise VersionUnknown(template_id, wanted)
    return PublishedVersion(template_pk, template_id, version, _document(sha256, newest), sha256)


_PROJECTION = ("pk", "newest", "newest_version", "newest_sha256")


def _meant(template_pk: UUID, template_id: str, wanted: str) -> tuple[UUID, str, str]:
    versions_of = TemplateVersion.objects.of_template(template_pk).published()
    published = versions_of.values_list("pk", "version", "sha256")
    exact = published.filter(version=wanted).first() if versions.is_version(wanted) else None
    if exact is not None:
        return exact
    found = {row[1]: row for row in published}
    meant = versions.newest(found, wanted)
    if meant is None:
        raise VersionUnknown(template_id, wanted)
    return found[meant]


def _document(sha256: str, version_pk: UUID) -> dict[str, Any]:
    kept = _documents.get(sha256)
    if kept is None:
        text = _text(sha256, version_pk)
        kept = json.loads(text)
        _documents.put(sha256, kept, len(text))
    return kept


def _text(sha256: str, version_pk: UUID) -> str:
    key = f"template-document:{sha256}"
    text: str | None = cache.get(key)
    if text is None:
        text = TemplateVersion.objects.values_list("text", flat=True).get(pk=version_pk)
        cache.set(key, text, CACHED_SECONDS)
    return text


class DocumentCache:
    """The documents used last, as many as their texts fit into MAX_CACHED_LENGTH. Threads may share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._documents: OrderedDict[str, tuple[dict[str, Any], int]] = OrderedDict()
        self._size = 0

    def get(self, sha256: str) -> dict[str, Any] | None:
        with self._lock:
            if sha256 not in self._documents:
                return None
            self._documents.move_to_end(sha256)
            return self._documents[sha256][0]

    def put(self, sha256: str, document: dict[str, Any], size: int) -> None:
        with self._lock:
            if sha256 not in self._documents:
                self._documents[sha256] = (document, size)
                self._size += size
            while self._size > MAX_CACHED_LENGTH:
                self._size -= self._documents.popitem(last=False)[1][1]


_documents = DocumentCache()
