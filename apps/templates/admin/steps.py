"""The steps of a document as rows of a table."""

from collections.abc import Mapping, Sequence
from typing import Any

MAX_STEPS = 200


def steps(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the steps of a document as rows of a table, of a very long one the first."""
    listed: Sequence[Mapping[str, Any]] = document["steps"][:MAX_STEPS]
    before: Sequence[Any] = []
    rows = []
    for step in listed:
        after = step.get("dependsOn", before)
        rows.append({**step, "after": [_edge(edge) for edge in after]})
        before = [step["name"]]
    return rows


def _edge(edge: str | Mapping[str, str]) -> str:
    """Return ``name``, or ``name (failure)`` where the edge waits for something else than success."""
    if isinstance(edge, str):
        return edge
    on = edge.get("on", "success")
    return edge["step"] if on == "success" else f"{edge['step']} ({on})"
