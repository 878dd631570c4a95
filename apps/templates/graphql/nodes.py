"""Objects that resolvers of templates pass on: a version, and with it all others of its list.

The first of them that is asked for its document, or for its template's versions, reads those of the whole list: so the
number of statements does not grow with the list, nor with how lists are nested.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from apps.core import cursors
from apps.core.errors import Hidden
from apps.core.graphql.batch_loader import BatchLoader
from apps.core.graphql.connections import PageInfo
from apps.templates.models import TemplateVersion
from apps.templates.services import bulk_read
from apps.templates.services.bulk_read import Document

# What a history is ordered by: the version made last first.
ORDER = ("created_at", "id")
Keys = tuple[Any, ...]
Page = dict[str, Any]


class VersionBatch:
    """Versions that are read together."""

    def __init__(
        self, versions: Mapping[UUID, TemplateVersion], read: Callable[[], Mapping[UUID, Document]] | None = None
    ) -> None:
        self.versions = versions
        self.documents = BatchLoader(read or partial(bulk_read.documents, list(versions)))
        self._histories: dict[tuple[int, Keys | None], BatchLoader[dict[UUID, Page]]] = {}

    def histories(self, first: int, behind: Keys | None) -> dict[UUID, Page]:
        """Return a page of each template's versions: those made before ``behind``, if that is given."""
        page = self._histories.setdefault((first, behind), BatchLoader(partial(self._read_histories, first, behind)))
        return page()

    def _read_histories(self, first: int, behind: Keys | None) -> dict[UUID, Page]:
        wanted, pages = [], {}
        for template_pk, keys in bulk_read.histories({row.template_pk for row in self.versions.values()}).items():
            rest = [key for key in keys if behind is None or key < behind]
            cursor = cursors.encode(rest[first - 1]) if len(rest) > first else ""
            pages[template_pk] = ([pk for _, pk in rest[:first]], cursor)
            wanted += pages[template_pk][0]
        together = VersionBatch(bulk_read.without_documents(wanted))
        return {
            template_pk: {"nodes": version_nodes(together, pks), "page_info": PageInfo.of(cursor)}
            for template_pk, (pks, cursor) in pages.items()
        }


@dataclass(frozen=True, slots=True)
class VersionNode:
    """One version of a template. ``name`` is known of the newest one without its document."""

    version: TemplateVersion
    together: VersionBatch
    name: str | None = None

    @property
    def document(self) -> Document:
        """The document. Raises Hidden if the version has gone since its list was read, as a draft may."""
        try:
            return self.together.documents()[self.version.pk]
        except KeyError:
            raise Hidden from None

    def history(self, first: int, after: str | None) -> Page:
        """Return a page of the versions of the template. Raises CursorInvalid."""
        behind = None if after is None else tuple(cursors.decode(after, TemplateVersion, ORDER))
        gone = {"nodes": [], "page_info": PageInfo.of("")}
        return self.together.histories(first, behind).get(self.version.template_pk, gone)


def whole(version: TemplateVersion) -> VersionNode:
    """Return the node of a version that was read with its document."""
    return VersionNode(version, VersionBatch({version.pk: version}, lambda: {version.pk: version.document}))


def version_nodes(
    together: VersionBatch, version_pks: Sequence[UUID], names: Mapping[UUID, str] | None = None
) -> list[VersionNode]:
    """Return nodes in this order; versions that are not there any more are left out."""
    rows, names = together.versions, names or {}
    return [VersionNode(rows[pk], together, names.get(pk)) for pk in version_pks if pk in rows]
