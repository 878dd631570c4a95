"""Reading parts of many versions in a constant number of statements. Nothing here asks the policy: who calls has the
keys from a list that did.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.core.errors import TooLarge
from apps.templates.models import TemplateVersion
from apps.templates.versioning import versions

Document = Mapping[str, Any]
# What a version is, without what it holds.
LIGHT_FIELDS = ("id", "template_pk", "template_id", "version", "status", "revision", "created_at", "published_at")
# Of documents' texts that are read at once, in characters.
MAX_TEXT_LENGTH = 32 * 1024 * 1024
MAX_ROWS = 10_000
# Versions that come from the database together: before they are here, nobody knows how large they are.
CHUNK_SIZE = 20


def without_documents(version_pks: Collection[UUID]) -> dict[UUID, TemplateVersion]:
    """Return the versions with these keys; their ``document`` may not be read. Raises TooLarge beyond MAX_ROWS."""
    if len(version_pks) > MAX_ROWS:
        raise TooLarge(f"More than {MAX_ROWS} versions at once: request fewer, page by page.")
    # Not only(): on MongoDB it fetches everything all the same.
    rows = TemplateVersion.objects.filter(pk__in=version_pks).values(*LIGHT_FIELDS)
    return {row["id"]: TemplateVersion(**row) for row in rows}


def whole(version_pks: Collection[UUID]) -> Iterator[TemplateVersion]:
    """Yield the versions with these keys, in no order, with their documents. Raises TooLarge beyond MAX_TEXT_LENGTH."""
    size = 0
    for row in TemplateVersion.objects.filter(pk__in=version_pks).iterator(chunk_size=CHUNK_SIZE):
        size += len(row.text)
        if size > MAX_TEXT_LENGTH:
            raise TooLarge("The documents are too large to be read at once: request fewer, page by page.")
        yield row


def documents(version_pks: Collection[UUID]) -> dict[UUID, Document]:
    """Return the documents of these versions. Raises TooLarge beyond MAX_TEXT_LENGTH."""
    return {row.pk: json.loads(row.text) for row in whole(version_pks)}


def newest_in_range(template_pks: Iterable[UUID], wanted: str) -> dict[UUID, UUID]:
    """Return the newest published version of each template that ``wanted`` means. Raises RangeInvalid."""
    rows = TemplateVersion.objects.of_templates(template_pks).published()
    if versions.is_version(wanted):
        rows = rows.filter(version=wanted)
    by_template: dict[UUID, dict[str, UUID]] = {}
    for template_pk, version, pk in rows.values_list("template_pk", "version", "pk"):
        by_template.setdefault(template_pk, {})[version] = pk
    meant = {template_pk: versions.newest(known, wanted) for template_pk, known in by_template.items()}
    return {template_pk: by_template[template_pk][version] for template_pk, version in meant.items() if version}


def histories(template_pks: Iterable[UUID]) -> dict[UUID, list[tuple[datetime, UUID]]]:
    """Return when each version of each template was made, and its key: the one made last first."""
    rows = TemplateVersion.objects.of_templates(template_pks).latest_created_first()
    found: dict[UUID, list[tuple[datetime, UUID]]] = {}
    for template_pk, created_at, pk in rows.values_list("template_pk", "created_at", "pk"):
        found.setdefault(template_pk, []).append((created_at, pk))
    return found
