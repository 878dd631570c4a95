"""``jobTemplates``: one entry a template, narrowed by what the entry says."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from apps.core.access.policy import Actor
from apps.core.graphql.connections import check_page_size, check_texts
from apps.core.graphql.errors import invalid
from apps.templates.graphql.nodes import VersionBatch, VersionNode, version_nodes
from apps.templates.services import bulk_read
from apps.templates.services.read import published_templates
from apps.templates.versioning.ranges import RangeInvalid

_PROJECTION = ("pk", "template_id", "name", "newest")


def entries(actor: Actor, narrowed: Mapping[str, Any], first: int | None, after: str | None) -> list[VersionNode]:
    """Return the templates that the actor may see, by templateId; all, or ``first`` of them ``after`` one.

    Raises Invalid.
    """
    check_texts("/filter", narrowed)
    if first is not None:
        check_page_size(first)
    wanted = narrowed.get("version")
    if wanted is not None:
        return list(islice(_in_range(actor, wanted, narrowed, after), first))
    rows = published_templates(actor, name=narrowed.get("name"), step_type=narrowed.get("type"))
    if after is not None:
        rows = rows.filter(template_id__gt=after)
    projections = list(
        rows.order_by("template_id").values(*_PROJECTION)[: bulk_read.MAX_ROWS + 1 if first is None else first]
    )
    newest = [row["newest"] for row in projections]
    together = VersionBatch(bulk_read.without_documents(newest))
    return version_nodes(together, newest, {row["newest"]: row["name"] for row in projections})


def _in_range(actor: Actor, wanted: str, narrowed: Mapping[str, Any], after: str | None) -> Iterable[VersionNode]:
    """Find the version of each template that is in the range, and narrow by documents.

    Projections describe the newest version only: what an older one is called, and its types, is in its document.
    """
    rows = published_templates(actor)
    if after is not None:
        rows = rows.filter(template_id__gt=after)
    pks = list(rows.order_by("template_id").values_list("pk", flat=True))
    try:
        meant = bulk_read.newest_in_range(pks, wanted)
    except RangeInvalid as error:
        raise invalid("/filter/version", str(error)) from error
    together = VersionBatch(bulk_read.without_documents(meant.values()))
    found = version_nodes(together, [meant[pk] for pk in pks if pk in meant])
    return (entry for entry in found if _fits(entry, narrowed.get("name"), narrowed.get("type")))


def _fits(entry: VersionNode, name: str | None, step_type: str | None) -> bool:
    if name is not None and entry.document.get("name", entry.version.template_id) != name:
        return False
    return step_type is None or any(step["type"] == step_type for step in entry.document["steps"])
