"""Messages for broken rules of a JSON Schema. They may quote the rule, never the value that was checked."""

import json
from collections.abc import Callable
from typing import Any

from jsonschema.exceptions import ValidationError

from apps.core.schema.work_budget import SafeValidationError

_MAX_QUOTED_LENGTH = 200
# Of more ways to be right it is no help to hear each.
_MAX_ALTERNATIVES = 10

_MESSAGES: dict[str, Callable[[Any], str]] = {
    "type": lambda rule: f"must be of type {rule if isinstance(rule, str) else ' or '.join(rule)}",
    "enum": lambda rule: f"must be one of {_json(rule)}",
    "const": lambda rule: f"must be {_json(rule)}",
    "minimum": lambda rule: f"must be at least {rule}",
    "maximum": lambda rule: f"must be at most {rule}",
    "exclusiveMinimum": lambda rule: f"must be more than {rule}",
    "exclusiveMaximum": lambda rule: f"must be less than {rule}",
    "multipleOf": lambda rule: f"must be a multiple of {rule}",
    "minLength": lambda rule: f"must have at least {_number(rule, 'character')}",
    "maxLength": lambda rule: f"must have at most {_number(rule, 'character')}",
    "minItems": lambda rule: f"must have at least {_number(rule, 'item')}",
    "maxItems": lambda rule: f"must have at most {_number(rule, 'item')}",
    "minProperties": lambda rule: f"must have at least {_number(rule, 'key')}",
    "maxProperties": lambda rule: f"must have at most {_number(rule, 'key')}",
    "uniqueItems": lambda _: "must not have the same item twice",
    "pattern": lambda rule: f"must match the pattern {_json(rule)}",
    "contains": lambda _: "does not have the items that it must contain",
    "anyOf": lambda _: "matches none of the shapes that are allowed",
    "oneOf": lambda _: "must match exactly one of the shapes that are allowed",
    "not": lambda rule: "has a shape that is not allowed" if rule else "is not allowed",
    "unevaluatedProperties": lambda _: "has a key that is not allowed",
    "unevaluatedItems": lambda _: "has an item that is not allowed",
    "items": lambda _: "has more items than are allowed",
    "propertyNames": lambda _: "has a key whose name is not allowed",
}


def _number(count: Any, of: str) -> str:
    return f"{count} {of}" if count == 1 else f"{count} {of}s"


def message(error: ValidationError) -> str:
    """Return one line for people."""
    if isinstance(error, SafeValidationError):
        return str(error.message)
    if error.schema is False:
        return "is not allowed"
    keyword = str(error.validator)
    if (
        keyword == "anyOf"
        and 0 < len(error.context) <= _MAX_ALTERNATIVES
        and not any(part.path for part in error.context)
    ):
        return " or ".join(dict.fromkeys(message(part) for part in error.context))
    return rule_message(keyword, error.validator_value)


def rule_message(keyword: str, rule: Any) -> str:
    """Return what a keyword with this value demands."""
    said = _MESSAGES.get(keyword)
    return said(rule) if said else f"breaks the rule {keyword}"


def _json(rule: Any) -> str:
    text = json.dumps(rule, ensure_ascii=False)
    return text if len(text) <= _MAX_QUOTED_LENGTH else text[: _MAX_QUOTED_LENGTH - 3] + "..."
