"""Two versions of a template side by side, with what the change from one to the other asks for."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from apps.core.errors import Hidden
from apps.templates import compatibility, diff, versions
from apps.templates.models import TemplateVersion
from apps.templates.services import breaking
from apps.templates.services.breaking import LEVELS

MAX_CHANGES = 100


def context(rows: Iterable[TemplateVersion], asked: Mapping[str, str]) -> dict[str, Any]:
    """Of the page. ``rows`` are all versions of the template, ``asked`` may name two of them. Hidden for others."""
    by_version = {row.version: row for row in rows}
    ordered = sorted(by_version, key=versions.precedence, reverse=True)
    new = asked.get("to", ordered[0])
    old = asked.get("from", _below(ordered, new))
    if old not in by_version or new not in by_version:
        raise Hidden
    documents = by_version[old].document, by_version[new].document
    return {
        "versions": ordered,
        "old": old,
        "new": new,
        "rows": list(diff.rows(*documents)),
        "update": update(by_version[old], new, documents[1]),
    }


def update(before: TemplateVersion, version: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """Which update leads from ``before`` to a valid document, and whether ``version`` says so."""
    changes = compatibility.changes(before.document, document)
    needs = max((change.needs for change in changes), key=LEVELS.index, default="patch")
    forward = versions.precedence(before.version) < versions.precedence(version)
    admitted = breaking.level(before.version, version) if forward else None
    return {
        "before": before.version,
        "version": version,
        "needs": needs,
        "enough": admitted is None or LEVELS.index(needs) <= LEVELS.index(admitted),
        "changes": [
            {"pointer": one.pointer, "message": one.message, "needs": one.needs} for one in changes[:MAX_CHANGES]
        ],
        "more": max(len(changes) - MAX_CHANGES, 0),
    }


def _below(ordered: Sequence[str], version: str) -> str:
    """The version before it; itself if there is none."""
    place = ordered.index(version) if version in ordered else 0
    return ordered[min(place + 1, len(ordered) - 1)]
