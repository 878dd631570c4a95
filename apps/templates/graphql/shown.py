"""What resolvers of templates pass on: a version, and with it all others of its list.

The first of them that is asked for its document, or for its template's versions, reads those of the whole list: so the
number of statements does not grow with the list, nor with how lists are nested.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from apps.core import cursors
from apps.core.graphql.connections import PageInfo
from apps.templates.models import TemplateVersion
from apps.templates.services import many
from apps.templates.services.many import Document

# Pages of histories, as tests and REST order them: the version made last first.
KEYS = ("created_at", "id")


class Together:
    """Versions that are read together."""

    def __init__(self, versions: Mapping[UUID, TemplateVersion], documents: Mapping[UUID, Document] | None = None):
        self.versions = versions
        self._histories: dict[tuple[int, str | None], dict[UUID, dict[str, Any]]] = {}
        if documents is not None:
            self.documents = documents

    @cached_property
    def documents(self) -> Mapping[UUID, Document]:
        return many.documents(list(self.versions))

    def history(self, first: int, after: str | None) -> dict[UUID, dict[str, Any]]:
        """A page of the versions of each template. CursorInvalid."""
        if (first, after) not in self._histories:
            self._histories[first, after] = self._read_history(first, after)
        return self._histories[first, after]

    def _read_history(self, first: int, after: str | None) -> dict[UUID, dict[str, Any]]:
        behind = tuple(cursors.decode(after, TemplateVersion, KEYS)) if after is not None else None
        wanted, pages = [], {}
        for template_pk, keys in many.histories({row.template_pk for row in self.versions.values()}).items():
            rest = [key for key in keys if behind is None or key < behind]
            cursor = cursors.encode(rest[first - 1]) if len(rest) > first else ""
            pages[template_pk] = ([pk for _, pk in rest[:first]], cursor)
            wanted += pages[template_pk][0]
        together = Together(many.without_documents(wanted))
        return {
            template_pk: {"nodes": shown(together, pks), "page_info": PageInfo.of(cursor)}
            for template_pk, (pks, cursor) in pages.items()
        }


@dataclass(frozen=True, slots=True)
class Shown:
    """One version of a template. ``name`` is known of the newest one without its document."""

    version: TemplateVersion
    together: Together
    name: str | None = None

    @property
    def document(self) -> Document:
        return self.together.documents[self.version.pk]

    def history(self, first: int, after: str | None) -> dict[str, Any]:
        return self.together.history(first, after)[self.version.template_pk]


def whole(version: TemplateVersion) -> Shown:
    """A version that was read with its document."""
    return Shown(version, Together({version.pk: version}, {version.pk: version.document}))


def shown(together: Together, version_pks: Sequence[UUID], names: Mapping[UUID, str] | None = None) -> list[Shown]:
    """In this order; versions that are not there any more are left out."""
    rows, names = together.versions, names or {}
    return [Shown(rows[pk], together, names.get(pk)) for pk in version_pks if pk in rows]
