"""Two versions of a template side by side, with what the change from one to the other asks for."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from apps.core.errors import Hidden
from apps.templates.comparison import compatibility, diff
from apps.templates.comparison.compatibility import LEVELS
from apps.templates.formats.yaml_writer import TooLong
from apps.templates.models import TemplateVersion
from apps.templates.services import breaking_changes
from apps.templates.versioning import versions

MAX_CHANGES = 100
MAX_ROWS = 5_000


def context(rows: Iterable[TemplateVersion], asked: Mapping[str, str]) -> dict[str, Any]:
    """Return the context of the page.

    ``rows`` are all versions of the template, ``asked`` may name two of them. Raises Hidden for others.
    """
    by_version = {row.version: row for row in rows}
    ordered = sorted(by_version, key=versions.precedence, reverse=True)
    new = asked.get("to", next(iter(ordered), ""))
    old = asked.get("from", _below(ordered, new))
    if old not in by_version or new not in by_version:
        raise Hidden
    documents = by_version[old].document, by_version[new].document
    return {
        "versions": ordered,
        "old": old,
        "new": new,
        **side_by_side(*documents),
        "update": update(by_version[old], new, documents[1]),
    }


def side_by_side(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``rows`` of what differs, and ``rest``, why there are no more of them."""
    try:
        rows = list(islice(diff.rows(old, new), MAX_ROWS + 1))
    except TooLong:
        return {"rows": [], "rest": "The documents are too long to be shown side by side."}
    return {"rows": rows[:MAX_ROWS], "rest": f"These are the first {MAX_ROWS:,} lines." if len(rows) > MAX_ROWS else ""}


def update(before: TemplateVersion, version: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return which update leads from ``before`` to a valid document, and whether ``version`` says so."""
    changes = compatibility.changes(before.document, document)
    needs = compatibility.required_level(changes)
    forward = versions.precedence(before.version) < versions.precedence(version)
    admitted = breaking_changes.update_level(before.version, version) if forward else None
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
    """Return the version before it; itself if there is none."""
    place = ordered.index(version) if version in ordered else 0
    return next(iter(ordered[place + 1 :]), version)
