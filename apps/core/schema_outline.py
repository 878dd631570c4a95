"""The parts of a JSON Schema: where each subschema stands, what it refers to, and what is not allowed in it."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from apps.core import patterns
from apps.core.placeholders import pointer_token

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_SUBSCHEMAS = 5_000

_ONE = (
    *("additionalProperties", "contains", "contentSchema", "else", "if", "items", "not", "propertyNames", "then"),
    *("unevaluatedItems", "unevaluatedProperties"),
)
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_MAPS = ("$defs", "definitions", "dependentSchemas", "patternProperties", "properties")

Flaw = tuple[str, str]


def flaws(schema: Any) -> list[Flaw]:
    """Pairs of pointer and message: references that leave the schema, patterns that cannot run, too many parts.

    ``schema`` must be right by the meta-schema.
    """
    parts = dict(_parts(schema, ""))
    if len(parts) > MAX_SUBSCHEMAS:
        return [("", f"a schema has at most {MAX_SUBSCHEMAS:,} parts")]
    targets = {"#" + unquote(pointer) for pointer in parts}
    for part in parts.values():
        targets.update(f"#{part[key]}" for key in ("$anchor", "$dynamicAnchor") if key in part)
    return [flaw for pointer, part in parts.items() for flaw in _flaws_of(part, pointer, targets)]


def _parts(schema: Any, pointer: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each subschema with its pointer, the whole one first."""
    if not isinstance(schema, Mapping):
        if isinstance(schema, bool):
            yield pointer, {}
        return
    yield pointer, schema
    for key in _ONE:
        yield from _parts(schema.get(key), f"{pointer}/{key}")
    for key in _LISTS:
        for index, part in enumerate(schema.get(key, ())):
            yield from _parts(part, f"{pointer}/{key}/{index}")
    for key in _MAPS:
        for name, part in schema.get(key, {}).items():
            yield from _parts(part, f"{pointer}/{key}{pointer_token(name)}")


def _flaws_of(part: Mapping[str, Any], pointer: str, targets: set[str]) -> Iterator[Flaw]:
    for key in ("$ref", "$dynamicRef"):
        if key in part and unquote(part[key]) not in targets:
            yield f"{pointer}/{key}", "a reference must name a part of this schema, such as #/$defs/name"
    # The library changes to the named dialect's keywords where it meets one, and leaves ours.
    if part.get("$schema", DIALECT) != DIALECT or (pointer and "$schema" in part):
        yield f"{pointer}/$schema", f"schemas are of {DIALECT}, named at their top if at all"
    if pointer and "$id" in part:
        yield f"{pointer}/$id", "only the whole schema may have an $id"
    yield from _pattern_flaws(part, pointer)


def _pattern_flaws(part: Mapping[str, Any], pointer: str) -> Iterator[Flaw]:
    sources = [(f"{pointer}/pattern", part["pattern"])] if "pattern" in part else []
    for source in part.get("patternProperties", {}):
        sources.append((f"{pointer}/patternProperties{pointer_token(source)}", source))
    for at, source in sources:
        try:
            patterns.compile(source)
        except patterns.PatternError as error:
            yield at, str(error)
