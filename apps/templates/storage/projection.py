"""Projection of a template's newest published version into its row, for lists and searches.

A projection can be written again at any time and is then what it should be; whoever publishes, deprecates or relays does so.
"""

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from apps.templates.models import JobTemplate, TemplateFacet, TemplateVersion
from apps.templates.versioning import versions

LABEL = "label"
STEP_TYPE = "step_type"
# Of the text that is searched, in characters; what stands further back is not found.
MAX_SEARCH_TEXT_LENGTH = 50_000


def refresh(template: JobTemplate) -> None:
    """Write the projection of ``template``, whose row the caller has locked: whoever locks it later has read more."""
    newest = newest_of(template.pk)
    document: Mapping[str, Any] = newest.document if newest else {}
    template.name = document.get("name", template.template_id)
    template.newest = newest.pk if newest else None
    template.newest_version = newest.version if newest else ""
    template.newest_sha256 = newest.sha256 if newest else ""
    template.search_text = folded("\n".join(searched(template.template_id, document)))[:MAX_SEARCH_TEXT_LENGTH]
    template.save()
    _write_facets(template.pk, facets(document))


def newest_of(template_pk: UUID) -> TemplateVersion | None:
    """Return the newest published version, whole; in two statements."""
    published = TemplateVersion.objects.of_template(template_pk).published()
    meant = versions.newest(published.values_list("version", flat=True))
    return published.get(version=meant) if meant else None


def facet(kind: str, text: str) -> str:
    """Return the digest of one facet: ``facet(LABEL, "key:value")`` or ``facet(STEP_TYPE, name)``."""
    return hashlib.sha256(f"{kind}\0{text}".encode()).hexdigest()


def facets(document: Mapping[str, Any]) -> frozenset[str]:
    """Return the digests of all that the document can be found by."""
    labels = {facet(LABEL, f"{key}:{value}") for key, value in document.get("labels", {}).items()}
    return frozenset(labels | {facet(STEP_TYPE, step["type"]) for step in document.get("steps", ())})


def searched(template_id: str, document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts that a search looks into."""
    yield template_id
    yield from (document[key] for key in ("name", "description") if key in document)
    for pair in document.get("labels", {}).items():
        yield from pair
    yield from (step["name"] for step in document.get("steps", ()))


def folded(text: str) -> str:
    """Return the text as it is searched: the same however its letters are composed, and in whatever case."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _write_facets(template_pk: UUID, wanted: frozenset[str]) -> None:
    there = set(TemplateFacet.objects.filter(template_id=template_pk).values_list("digest", flat=True))
    if there - wanted:
        TemplateFacet.objects.filter(template_id=template_pk, digest__in=there - wanted).delete()
    TemplateFacet.objects.bulk_create(
        TemplateFacet(template_id=template_pk, digest=digest) for digest in sorted(wanted - there)
    )
