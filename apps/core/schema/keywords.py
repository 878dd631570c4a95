"""Keywords of JSON Schema as they run here: the standard's meaning, with bounded work and our own messages.

The library's versions of these compare each item with each other, let patterns backtrack without end, follow
references without end, or say the value in their message.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from apps.core.json import canonical
from apps.core.schema import patterns
from apps.core.schema.unevaluated import unevaluated_items, unevaluated_properties
from apps.core.schema.work_budget import (
    REFERENCE_WORK,
    SafeValidationError,
    UnknownKeyError,
    require_free_frames,
    search,
    short,
    spend,
)

Errors = Iterator[ValidationError]


def _following(keyword: str) -> Callable[..., Errors]:
    """Return the library's function that follows a reference, counted: every endless schema goes through one."""
    follow = Draft202012Validator.VALIDATORS[keyword]

    def counted(validator: Any, reference: str, value: Any, schema: Mapping[str, Any]) -> Errors:
        spend(REFERENCE_WORK)
        require_free_frames()
        yield from follow(validator, reference, value, schema)

    return counted


def _required(validator: Any, names: list[str], value: Any, schema: Mapping[str, Any]) -> Errors:
    if validator.is_type(value, "object"):
        for name in names:
            if name not in value:
                yield SafeValidationError(f"must have the key {short(name)}")


def _dependent_required(validator: Any, rules: Mapping[str, Any], value: Any, schema: Mapping[str, Any]) -> Errors:
    if validator.is_type(value, "object"):
        for key, names in rules.items():
            for name in names if key in value else ():
                if name not in value:
                    yield SafeValidationError(f"must have the key {short(name)}, since it has {short(key)}")


def _enum(validator: Any, choices: Any, value: Any, schema: Mapping[str, Any]) -> Errors:
    # Lists inside the meta-schema are not prepared, and short.
    known = choices.identities if isinstance(choices, Choices) else {identity(choice) for choice in choices}
    if identity(value) not in known:
        yield ValidationError("")


def _pattern(validator: Any, source: str, value: Any, schema: Mapping[str, Any]) -> Errors:
    if not validator.is_type(value, "string"):
        return
    try:
        if not search(source, value):
            yield SafeValidationError(f"must match the pattern {source}")
    except patterns.PatternError as error:
        yield SafeValidationError(str(error))


def _pattern_properties(validator: Any, rules: Mapping[str, Any], value: Any, schema: Mapping[str, Any]) -> Errors:
    if not validator.is_type(value, "object"):
        return
    for source, subschema in rules.items():
        for key, item in value.items():
            if search(source, key):
                yield from validator.descend(item, subschema, path=key, schema_path=source)


def _additional_properties(validator: Any, rule: Any, value: Any, schema: Mapping[str, Any]) -> Errors:
    if not validator.is_type(value, "object"):
        return
    named, sources = schema.get("properties", {}), schema.get("patternProperties", {})
    for key, item in value.items():
        if key in named or any(search(source, key) for source in sources):
            continue
        if rule is False:
            yield UnknownKeyError(f"the key {short(key)} is not allowed", path=[key])
        else:
            yield from validator.descend(item, rule, path=key)


def _unique_items(validator: Any, wanted: bool, value: Any, schema: Mapping[str, Any]) -> Errors:
    if wanted and validator.is_type(value, "array") and len({identity(item) for item in value}) < len(value):
        yield SafeValidationError("must not have the same item twice")


class Choices(list[Any]):
    """The values of an ``enum``, indexed for lookups."""

    def __init__(self, values: list[Any]) -> None:
        super().__init__(values)
        self.identities = frozenset(map(identity, values))


def identity(value: Any) -> str:
    """Return equal texts for values that are equal in JSON Schema: 1 and 1.0 are one number, true is none."""
    return canonical.dumps(_whole(value))


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: _whole(item) for key, item in value.items()}
    return [_whole(item) for item in value] if isinstance(value, list) else value


KEYWORDS: Mapping[str, Callable[..., Errors]] = {
    "$ref": _following("$ref"),
    "$dynamicRef": _following("$dynamicRef"),
    "required": _required,
    "dependentRequired": _dependent_required,
    "enum": _enum,
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "uniqueItems": _unique_items,
    "unevaluatedProperties": unevaluated_properties,
    "unevaluatedItems": unevaluated_items,
}
