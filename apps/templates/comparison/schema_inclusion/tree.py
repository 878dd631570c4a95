"""Subschemas of one JSON Schema, and what is asked of one value at once: a part, what it refers to, its ``allOf``."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any
from urllib.parse import unquote

from apps.core.expressions.placeholders import pointer_token
from apps.core.schema import outline
from apps.core.schema.json_schema import Schema

# Keywords whose schemas are asked of the same value, each with how it holds them.
_CHOICES = ("anyOf", "oneOf")
_CONDITIONS = ("if", "then", "else", "not")


class SchemaTree:
    """A whole schema. It has passed ``schemas.check_schema``; ``pointer`` is its place in the document."""

    def __init__(self, schema: Schema, pointer: str) -> None:
        self.root = SchemaPart(self, pointer, schema)

    def target(self, reference: str) -> "SchemaPart | None":
        """Return the part that a ``$ref`` names; None where that takes more than its pointer or anchor to find."""
        if self._has_inner_ids or not reference.startswith("#"):
            return None
        name = unquote(reference).removeprefix("#")
        pointer = name if name.startswith("/") or not name else self._anchors.get(name)
        return None if pointer is None else self._at(pointer)

    @cached_property
    def endless(self) -> frozenset[str]:
        """Pointers of the parts that lead back to themselves for the same value: nothing can be compared with them.

        ``check_schema`` finds those that begin at the root.
        """
        parts = list(outline.subschemas(self.root.schema))
        if not any("$ref" in rules for _, rules in parts):
            return frozenset()
        found: dict[str, bool] = {}
        for pointer, rules in parts:
            _find_loops(SchemaPart(self, self.root.pointer + pointer, rules), found)
        return frozenset(pointer for pointer, loops in found.items() if loops)

    @cached_property
    def _has_inner_ids(self) -> bool:
        """Return whether some part is a document of its own: below it, references start from there."""
        return any(pointer and "$id" in part for pointer, part in outline.subschemas(self.root.schema))

    @cached_property
    def _anchors(self) -> dict[str, str]:
        subschemas = outline.subschemas(self.root.schema)
        return {part["$anchor"]: pointer for pointer, part in subschemas if "$anchor" in part}

    def _at(self, pointer: str) -> "SchemaPart | None":
        value: Any = self.root.schema
        for token in pointer.split("/")[1:]:
            key = token.replace("~1", "/").replace("~0", "~")
            try:
                value = value[int(key)] if isinstance(value, list) else value[key]
            except (LookupError, ValueError, TypeError):
                return None
        return SchemaPart(self, self.root.pointer + pointer, value)


@dataclass(frozen=True, slots=True, eq=False)
class SchemaPart:
    """One subschema and where it stands in the document."""

    tree: SchemaTree
    pointer: str
    schema: Schema

    @property
    def rules(self) -> Mapping[str, Any]:
        """Its keywords; none where the schema is a boolean."""
        return self.schema if isinstance(self.schema, Mapping) else {}

    @property
    def leads_elsewhere(self) -> bool:
        """Return whether it asks more than can be seen: by a reference that is not followed."""
        return "$dynamicRef" in self.rules or ("$ref" in self.rules and self.tree.target(self.rules["$ref"]) is None)

    def child(self, *keys: str | int) -> "SchemaPart":
        """Return the part at these keys, which must be there."""
        schema: Any = self.schema
        for key in keys:
            schema = schema[key]
        return SchemaPart(self.tree, self.pointer + "".join(map(pointer_token, keys)), schema)


def together(parts: Iterable[SchemaPart]) -> tuple[SchemaPart, ...]:
    """Return ``parts`` and all that is always asked of the same value with them; each part once."""
    found: dict[str, SchemaPart] = {}
    waiting = list(parts)[::-1]
    while waiting:
        part = waiting.pop()
        if part.pointer not in found:
            found[part.pointer] = part
            waiting.extend(_always(part))
    return tuple(found.values())


def _always(part: SchemaPart) -> Iterator[SchemaPart]:
    yield from reversed([part.child("allOf", index) for index in range(len(part.rules.get("allOf", ())))])
    target = part.tree.target(part.rules["$ref"]) if "$ref" in part.rules else None
    if target is not None:
        yield target


def _find_loops(start: SchemaPart, found: dict[str, bool]) -> None:
    """Note of ``start`` and all that is asked of the same value whether it comes upon a loop; depth first."""
    open_parts: list[tuple[str, Iterator[SchemaPart]]] = []

    def enter(part: SchemaPart) -> None:
        # Until it is left again it counts as looping: who meets it below itself has found a loop.
        found[part.pointer] = True
        open_parts.append((part.pointer, chain(_always(part), sometimes(part))))

    looping: set[str] = set()
    if start.pointer not in found:
        enter(start)
    while open_parts:
        pointer, below = open_parts[-1]
        part = next(below, None)
        if part is None:
            open_parts.pop()
            found[pointer] = pointer in looping
            if found[pointer] and open_parts:
                looping.add(open_parts[-1][0])
        elif part.pointer not in found:
            enter(part)
        elif found[part.pointer]:
            looping.add(pointer)


def sometimes(part: SchemaPart) -> Iterator[SchemaPart]:
    """Yield what is asked of the same value under some condition, or in one of several ways."""
    for key in _CHOICES:
        yield from (part.child(key, index) for index in range(len(part.rules.get(key, ()))))
    yield from (part.child(key) for key in _CONDITIONS if key in part.rules)
    yield from (part.child("dependentSchemas", key) for key in part.rules.get("dependentSchemas", ()))
