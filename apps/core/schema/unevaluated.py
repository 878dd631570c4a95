"""``unevaluatedProperties`` and ``unevaluatedItems``: what no other keyword, here or behind a reference, evaluates.

The library's versions search patterns that may take forever, look names up in lists, and say nothing of the place.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jsonschema.exceptions import ValidationError

from apps.core.schema.dialect import resource
from apps.core.schema.work_budget import SafeValidationError, UnknownKeyError, search, short

Errors = Iterator[ValidationError]
_Own = Callable[[Any, Any, Mapping[str, Any]], set[Any]]


def unevaluated_properties(validator: Any, rule: Any, value: Any, schema: Mapping[str, Any]) -> Errors:
    if not validator.is_type(value, "object"):
        return
    evaluated = _evaluated(validator, value, schema, _own_keys)
    for key in value:
        if key in evaluated:
            continue
        if rule is False:
            yield UnknownKeyError(f"the key {short(key)} is not allowed", path=[key])
        else:
            yield from validator.descend(value[key], rule, path=key)


def unevaluated_items(validator: Any, rule: Any, value: Any, schema: Mapping[str, Any]) -> Errors:
    if not validator.is_type(value, "array"):
        return
    evaluated = _evaluated(validator, value, schema, _own_items)
    for index, item in enumerate(value):
        if index in evaluated:
            continue
        if rule is False:
            yield SafeValidationError("this item is not allowed", path=[index])
        else:
            yield from validator.descend(item, rule, path=index)


def _evaluated(validator: Any, value: Any, schema: Mapping[str, Any], own: _Own) -> set[Any]:
    """Return the keys or indexes that ``schema`` evaluates, by itself or through the schemas that it applies."""
    found = own(validator, value, schema)
    for inner, part in _applied(validator, value, schema):
        rest = "unevaluatedProperties" if own is _own_keys else "unevaluatedItems"
        found |= set(_all(value)) if rest in part else _evaluated(inner, value, part, own)
    return found


def _all(value: Any) -> Any:
    return value if isinstance(value, Mapping) else range(len(value))


def _own_keys(validator: Any, value: Any, schema: Mapping[str, Any]) -> set[Any]:
    if "additionalProperties" in schema:
        return set(value)
    named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    return {key for key in value if key in named or any(search(source, key) for source in patterns)}


def _own_items(validator: Any, value: Any, schema: Mapping[str, Any]) -> set[Any]:
    if "items" in schema:
        return set(range(len(value)))
    found = set(range(len(schema.get("prefixItems", ()))))
    if "contains" in schema:
        wanted = schema["contains"]
        found |= {index for index, item in enumerate(value) if _holds(validator, item, wanted)}
    return found


def _applied(validator: Any, value: Any, schema: Mapping[str, Any]) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """Return the schemas that apply to the same value and hold, each with a validator that knows its references."""
    for key in ("$ref", "$dynamicRef"):
        if key in schema:
            target = validator._resolver.lookup(schema[key])
            inner = validator.evolve(schema=target.contents, _resolver=target.resolver)
            if isinstance(target.contents, Mapping):
                yield inner, target.contents
    for part in _in_place(validator, value, schema):
        if isinstance(part, Mapping):
            place = validator._resolver.in_subresource(resource(part))
            yield validator.evolve(schema=part, _resolver=place), part


def _in_place(validator: Any, value: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
    yield from schema.get("allOf", ())
    for key in ("anyOf", "oneOf"):
        yield from (part for part in schema.get(key, ()) if _holds(validator, value, part))
    if isinstance(value, Mapping):
        yield from (part for key, part in schema.get("dependentSchemas", {}).items() if key in value)
    if "if" in schema:
        holds = _holds(validator, value, schema["if"])
        yield from [schema["if"], schema.get("then", True)] if holds else [schema.get("else", True)]


def _holds(validator: Any, value: Any, schema: Any) -> bool:
    return next(validator.descend(value, schema), None) is None
