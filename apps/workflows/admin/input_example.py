"""A first draft of an input, drawn from its schema: something to fill in, not something that fits."""

from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 5
BLANK: dict[str, Any] = {"string": "", "number": 0, "integer": 0, "boolean": False, "array": [], "null": None}


def example_of(schema: Any, depth: int = 0) -> Any:
    """Return the schema's own default or first example where it gives one, else a blank of its type."""
    if not isinstance(schema, Mapping):
        return {}
    for given in ("default", "const"):
        if given in schema:
            return schema[given]
    for given in ("examples", "enum"):
        if schema.get(given):
            return schema[given][0]
    kind = schema.get("type", "object")
    if isinstance(kind, list):
        kind = next(iter(kind), "object")
    if kind != "object":
        return BLANK.get(kind, {})
    fields = schema.get("properties", {}) if depth < MAX_DEPTH else {}
    return {name: example_of(part, depth + 1) for name, part in fields.items()}
