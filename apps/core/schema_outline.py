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
    parts = dict(subschemas(schema))
    if len(parts) > MAX_SUBSCHEMAS:
        return [("", f"a schema has at most {MAX_SUBSCHEMAS:,} parts")]
    targets = {"#" + unquote(pointer) for pointer in parts}
    for part in parts.values():
        targets.update(f"#{part[key]}" for key in ("$anchor", "$dynamicAnchor") if key in part)
    found = [flaw for pointer, part in parts.items() for flaw in _flaws_of(part, pointer, targets)]
    return found + list(_unbounded_searches(parts))


def subschemas(schema: Any, pointer: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each subschema with its pointer, the whole one first."""
    if not isinstance(schema, Mapping):
        if isinstance(schema, bool):
            yield pointer, {}
        return
    yield pointer, schema
    for key in _ONE:
        yield from subschemas(schema.get(key), f"{pointer}/{key}")
    for key in _LISTS:
        for index, part in enumerate(schema.get(key, ())):
            yield from subschemas(part, f"{pointer}/{key}/{index}")
    for key in _MAPS:
        for name, part in schema.get(key, {}).items():
            yield from subschemas(part, f"{pointer}/{key}{pointer_token(name)}")


def without_false(schema: Any) -> Any:
    """The same schema with ``false`` written out: the library forgets the place of a value that ``false`` refuses.

    (The keywords that take one schema for the rest, such as ``items``, see to ``false`` themselves.)
    """
    if not isinstance(schema, Mapping):
        return schema
    copy = dict(schema)
    for key in _ONE:
        if key in copy:
            copy[key] = without_false(copy[key])
    for key in _LISTS:
        if key in copy:
            copy[key] = [_written_out(part) for part in copy[key]]
    for key in _MAPS:
        if key in copy:
            copy[key] = {name: _written_out(part) for name, part in copy[key].items()}
    return copy


def _written_out(part: Any) -> Any:
    return {"not": {}} if part is False else without_false(part)


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


def _unbounded_searches(parts: Mapping[str, Mapping[str, Any]]) -> Iterator[Flaw]:
    """To know what is unevaluated, the library searches every key with every pattern, out of our reach."""
    if any("patternProperties" in part for part in parts.values()):
        for pointer, part in parts.items():
            if "unevaluatedProperties" in part:
                yield f"{pointer}/unevaluatedProperties", "cannot be used in a schema with patternProperties"


def _pattern_flaws(part: Mapping[str, Any], pointer: str) -> Iterator[Flaw]:
    sources = [(f"{pointer}/pattern", part["pattern"])] if "pattern" in part else []
    for source in part.get("patternProperties", {}):
        sources.append((f"{pointer}/patternProperties{pointer_token(source)}", source))
    for at, source in sources:
        try:
            patterns.compile(source)
        except patterns.PatternError as error:
            yield at, str(error)
