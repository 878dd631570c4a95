"""Targets of references: a part of the schema, by pointer, anchor or ``$id``, or the meta-schema.

Nothing is fetched: a schema that refers to anything else is refused.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from referencing import Resource
from referencing.exceptions import Unresolvable

from apps.core.schema.dialect import REGISTRY, resource
from apps.core.schema.outline import Flaw, children, subschemas

_META_PARTS = frozenset(id(part) for each in REGISTRY.values() for _, part in subschemas(each.contents))

# The library has no public name for its resolvers.
Resolver = Any


def resolver(schema: Any) -> Resolver:
    """Return a resolver of the references of ``schema``, read through once: what it finds needs no further search."""
    root: Resource[Any] = resource(schema)
    uri = root.id() or ""
    return REGISTRY.with_resource(uri, root).crawl().resolver(uri)


def flaws(schema: Any) -> list[Flaw]:
    """Return pairs of pointer and message: malformed identifiers, and references to no schema in sight."""
    found = list(_identifier_flaws(schema))
    return found or list(_reference_flaws(schema))


def _identifier_flaws(schema: Any) -> Iterator[Flaw]:
    for pointer, part in subschemas(schema):
        try:
            urlsplit(part.get("$id", ""))
        except ValueError:
            yield f"{pointer}/$id", "must be a URI"


def _reference_flaws(schema: Any) -> Iterator[Flaw]:
    in_sight = _META_PARTS | {id(part) for _, part in subschemas(schema)}
    waiting: list[tuple[str, Any, Resolver]] = [("", schema, resolver(schema))]
    while waiting:
        pointer, part, place = waiting.pop()
        if isinstance(part, bool):
            continue
        for key in ("$ref", "$dynamicRef"):
            if key in part and not _is_schema(_target(place, part[key]), in_sight):
                yield f"{pointer}/{key}", "a reference must name a part of this schema, such as #/$defs/name"
        waiting.extend(
            (pointer + suffix, child, place.in_subresource(resource(child))) for suffix, child in children(part)
        )


def _target(place: Resolver, reference: str) -> Any:
    try:
        return place.lookup(reference).contents
    # The others are how the library fails on pointers into what is no object or list, and on what is no URI.
    except (Unresolvable, ValueError, TypeError, LookupError, AttributeError):
        return None


def _is_schema(target: Any, in_sight: frozenset[int]) -> bool:
    return isinstance(target, bool) or id(target) in in_sight
