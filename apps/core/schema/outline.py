"""The parts of a JSON Schema: the place of each subschema, and what is not allowed in it."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from apps.core.expressions.placeholders import pointer_token
from apps.core.schema import patterns
from apps.core.schema.dialect import DIALECT
from apps.core.schema.keywords import Choices

MAX_SUBSCHEMAS = 5_000

_ONE = (
    *("additionalProperties", "contains", "contentSchema", "else", "if", "items", "not", "propertyNames", "then"),
    *("unevaluatedItems", "unevaluatedProperties"),
)
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_MAPS = ("$defs", "definitions", "dependentSchemas", "patternProperties", "properties")

Flaw = tuple[str, str]


def has_too_many_parts(schema: Any) -> bool:
    """Return whether ``schema``, of whatever shape, has more than MAX_SUBSCHEMAS parts."""
    return sum(1 for _ in islice(subschemas(schema), MAX_SUBSCHEMAS + 1)) > MAX_SUBSCHEMAS


def flaws(schema: Any) -> list[Flaw]:
    """Return pairs of pointer and message: patterns that cannot run, and other dialects.

    ``schema`` must be right by the meta-schema.
    """
    return [flaw for pointer, part in subschemas(schema) for flaw in _flaws_of(part, pointer)]


def subschemas(schema: Any, pointer: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Return each subschema with its pointer, the whole one first. What should be a schema and is none has no parts."""
    if isinstance(schema, bool):
        yield pointer, {}
    elif isinstance(schema, Mapping):
        yield pointer, schema
        for place, part in children(schema):
            yield from subschemas(part, pointer + place)


def children(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Return the schemas right below, each with the pointer from here to there."""
    for key in _ONE:
        if key in schema:
            yield f"/{key}", schema[key]
    for key in _LISTS:
        if isinstance(schema.get(key), list):
            yield from ((f"/{key}/{index}", part) for index, part in enumerate(schema[key]))
    for key in _MAPS:
        if isinstance(schema.get(key), Mapping):
            yield from ((f"/{key}{pointer_token(name)}", part) for name, part in schema[key].items())


def prepared(schema: Any) -> Any:
    """Return the schema prepared for validation: its enums indexed, and ``false`` written out.

    The library forgets the place of a value that ``false`` refuses. (The keywords that take one schema for the rest, such
    as ``items``, see to ``false`` themselves.)
    """
    if not isinstance(schema, Mapping):
        return schema
    copy = dict(schema)
    if "enum" in copy:
        copy["enum"] = Choices(copy["enum"])
    for key in _ONE:
        if key in copy:
            copy[key] = prepared(copy[key])
    for key in _LISTS:
        if key in copy:
            copy[key] = [_written_out(part) for part in copy[key]]
    for key in _MAPS:
        if key in copy:
            copy[key] = {name: _written_out(part) for name, part in copy[key].items()}
    return copy


def _written_out(part: Any) -> Any:
    return {"not": {}} if part is False else prepared(part)


def _flaws_of(part: Mapping[str, Any], pointer: str) -> Iterator[Flaw]:
    # The library changes to the named dialect's keywords where it meets one, and leaves ours.
    if part.get("$schema", DIALECT) != DIALECT or (pointer and "$schema" in part):
        yield f"{pointer}/$schema", f"schemas are of {DIALECT}, named at their top if at all"
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
