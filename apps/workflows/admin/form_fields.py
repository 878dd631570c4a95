"""Fields of the form on the page that are no objects and no lists, in the words of the page's form library.

Beside the library's own (``number``, ``password``, ``email`` …) the page knows three kinds of field of ours, named by
``format``: ``choice`` (one of ``enum``, any scalars), ``moment`` (a time in UTC) and ``json`` (any JSON).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

Field = dict[str, Any]
Schemas = Sequence[Mapping[str, Any]]

JSON_TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")
TYPE_LABELS = {
    **{"object": "an object", "array": "a list", "string": "a text", "number": "a number"},
    **{"integer": "a whole number", "boolean": "yes or no", "null": "nothing"},
}
FORMATS = {
    **{"date": "date", "date-time": "moment", "email": "email", "idn-email": "email"},
    **{"uri": "url", "iri": "url", "uuid": "text", "time": "text"},
}
CONSTANT_KEYWORDS = {"const", "title", "description", "type"}
EXAMPLES = {"time": "12:00:00Z", "duration": "PT1H", "date-time": "2026-01-31T12:00:00Z"}
# A text that may have more characters than this gets more than one line.
MAX_ONE_LINE_LENGTH = 200
# What may be of more types than this is written as JSON.
MAX_TYPES = 3


def first_value(rules: Schemas, key: str) -> Any:
    """Return the value of ``key`` in the first of the schemas that has it; None without one."""
    return next((one[key] for one in rules if key in one), None)


def annotations(rules: Schemas) -> Field:
    """Return title, description and the value to begin with."""
    found = {key: first_value(rules, key) for key in ("title", "description")}
    said = {key: text for key, text in found.items() if text is not None}
    given = [one["default"] for one in rules if "default" in one]
    return {**said, "default": given[0]} if given else said


def value_types(rules: Schemas) -> list[str]:
    """Return the types that a value may have, as far as the rules say; all of them if they do not."""
    left = list(JSON_TYPES)
    for one in rules:
        wanted = one.get("type", JSON_TYPES)
        wanted = [wanted] if isinstance(wanted, str) else list(wanted)
        allowed = {*wanted, *(["integer"] if "number" in wanted else [])}
        left = [kind for kind in left if kind in allowed]
    if "number" in left:
        left.remove("integer")
    return left if len(left) < len(JSON_TYPES) - 1 else _implied(rules) or left


def _implied(rules: Schemas) -> list[str]:
    """Keywords for objects, or for lists, without a type are meant for those."""
    for kind, keys in (
        ("object", ("properties", "required", "additionalProperties")),
        ("array", ("items", "prefixItems")),
    ):
        if any(key in one for one in rules for key in keys):
            return [kind]
    return []


def choices(rules: Schemas) -> list[Any] | None:
    """Return the values to choose from, if they are named and each can stand in a menu."""
    named = first_value(rules, "enum")
    constant = [one["const"] for one in rules if "const" in one]
    values: list[Any] | None = constant[:1] or named
    if values is None or any(isinstance(value, dict | list) for value in values):
        return None
    return values


def constants(shapes: Sequence[Any]) -> dict[str, Any]:
    """Return by name the values that shapes stand for which are one value each; empty if any of them is more."""
    if not all(isinstance(one, Mapping) and "const" in one and one.keys() <= CONSTANT_KEYWORDS for one in shapes):
        return {}
    named = {str(one.get("title", _written(one["const"]))): one["const"] for one in shapes}
    plain = len(named) == len(shapes) and not any(isinstance(value, dict | list) for value in named.values())
    return named if plain else {}


def name_of_shape(rules: Schemas, number: int) -> str:
    """Return its title, else the constants that set it apart from others, else its type, else its number."""
    title = first_value(rules, "title")
    if title is not None:
        return str(title)
    parts = [(name, part) for one in rules for name, part in one.get("properties", {}).items()]
    fixed = [
        f"{name}: {_written(part['const'])}" for name, part in parts if isinstance(part, Mapping) and "const" in part
    ]
    if fixed:
        return ", ".join(fixed)[:100]
    named = [kind for one in rules if isinstance(kind := one.get("type"), str) and kind != "object"]
    return TYPE_LABELS[named[0]] if named else f"Choice {number}"


def choice_field(values: Sequence[Any], said: Field, titles: Sequence[str] = ()) -> Field:
    """Return a menu; ``titles`` stand in it for the values."""
    return {
        **said,
        "format": "choice",
        "enum": list(values),
        "options": {"titles": list(titles) or [_written(value) for value in values]},
    }


def _written(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def json_field(said: Field, *, secret: bool) -> Field:
    """Any JSON, written as such."""
    return {**said, "format": "json", "options": {"secret": secret}}


def scalar_field(kind: str, rules: Schemas, said: Field, value: Any, *, secret: bool, wanted: bool) -> Field:
    if kind == "string":
        return _text(rules, said, value, secret=secret)
    if kind in ("number", "integer"):
        field = {**said, "type": kind, **_hints(rules, inputmode="decimal" if kind == "number" else "numeric")}
        return {**field, "format": "password"} if secret else field
    if kind == "boolean" and wanted:
        return {**said, "type": "boolean", "format": "checkbox"}
    if kind == "boolean":
        return choice_field([True, False], said, titles=["yes", "no"])
    return {**said, "type": "null"}


def _text(rules: Schemas, said: Field, value: Any, *, secret: bool) -> Field:
    named = first_value(rules, "format")
    longest = first_value(rules, "maxLength")
    shape = FORMATS.get(named)
    if secret:
        shape = "password"
    elif (shape is None and (longest or 0) > MAX_ONE_LINE_LENGTH) or (isinstance(value, str) and "\n" in value):
        shape = "textarea"
    hints = _hints(rules, **({"placeholder": EXAMPLES[named]} if named in EXAMPLES else {}))
    return {**said, "type": "string", **({"format": shape} if shape else {}), **hints}


def _hints(rules: Schemas, **attributes: str) -> Field:
    examples = first_value(rules, "examples")
    if examples and isinstance(examples[0], str | int | float):
        attributes["placeholder"] = str(examples[0])
    return {"options": {"inputAttributes": {**attributes, "autocomplete": "off"}}}
