"""JSON Schemas of our own, compiled once: the declarations of the bodies that every request is checked against.

The validator in ``json_schema`` takes schemas from anyone and counts its work: 40 to 140 µs for the body of one start,
and for a batch of 1,000 a tenth to a half of what starting them costs in all. This one takes a fifth of that. It knows
the keywords that our bodies are declared with and refuses any other when a schema is compiled, which is at import; both
say the same of a value (``tests/core/test_compiled_schema.py``).
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from apps.core.expressions.placeholders import pointer_token
from apps.core.schema.json_schema import MAX_PROBLEMS, Problem
from apps.core.schema.messages import rule_message
from apps.core.schema.work_budget import short

_IS_TYPE: Final[Mapping[str, Callable[[Any], bool]]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    # JSON's booleans are Python's integers, too.
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: isinstance(value, int | float) and not isinstance(value, bool) and value == int(value),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}
# By keyword: the type of value that it limits, and whether a value is within the limit.
_LIMITS: Final[Mapping[str, tuple[str, Callable[[Any, Any], bool]]]] = {
    "minLength": ("string", lambda value, limit: len(value) >= limit),
    "maxLength": ("string", lambda value, limit: len(value) <= limit),
    "minimum": ("number", lambda value, limit: value >= limit),
    "maximum": ("number", lambda value, limit: value <= limit),
    "minItems": ("array", lambda value, limit: len(value) >= limit),
    "maxItems": ("array", lambda value, limit: len(value) <= limit),
    "maxProperties": ("object", lambda value, limit: len(value) <= limit),
}
_OTHERS: Final = frozenset(
    {"type", "enum", "items", "properties", "required", "additionalProperties", "propertyNames"}
    | {"title", "description", "default"}
)


class CompiledSchema:
    """A schema that is ready to be asked. Raises ValueError for a keyword that is not known here."""

    def __init__(self, schema: Mapping[str, Any] | bool) -> None:
        self._allows_nothing = schema is False
        rules: Mapping[str, Any] = schema if isinstance(schema, Mapping) else {}
        if unknown := rules.keys() - _LIMITS.keys() - _OTHERS:
            raise ValueError(f"keywords that cannot be compiled: {', '.join(sorted(unknown))}")
        self._own_rules = list(_own_rules(rules))
        self._items = _part(rules, "items")
        self._required: tuple[str, ...] = tuple(rules.get("required", ()))
        self._properties = {name: CompiledSchema(part) for name, part in rules.get("properties", {}).items()}
        self._other_properties = _part(rules, "additionalProperties")
        self._names = _part(rules, "propertyNames")

    def problems(self, value: Any, pointer: str = "") -> list[Problem]:
        """Return what ``value``, which stands at ``pointer``, breaks; at most MAX_PROBLEMS, in the order of its keys."""
        return [_below(pointer, problem) for problem in islice(self._broken(value), MAX_PROBLEMS)]

    def _broken(self, value: Any) -> Iterator[Problem]:
        for is_kept, message in self._own_rules:
            if not is_kept(value):
                # Of a wrong type or size there is nothing more to say, and no entry to look at: there may be millions.
                yield Problem("", message)
                return
        if isinstance(value, dict):
            yield from self._in_object(value)
        elif self._items is not None and isinstance(value, list):
            for index, item in enumerate(value):
                for problem in self._items._broken(item):
                    yield _below(f"/{index}", problem)

    def _in_object(self, value: Mapping[str, Any]) -> Iterator[Problem]:
        for name in self._required:
            if name not in value:
                yield Problem(pointer_token(name), "is required")
        for name, item in value.items():
            if self._names is not None:
                for problem in self._names._broken(name):
                    yield Problem(pointer_token(name), f"the key {problem.message}", at_key=True)
            part = self._properties.get(name, self._other_properties)
            if part is None:
                continue
            if part._allows_nothing:
                yield Problem(pointer_token(name), f"the key {short(name)} is not allowed", at_key=True)
                continue
            for problem in part._broken(item):
                yield _below(pointer_token(name), problem)


def _part(rules: Mapping[str, Any], keyword: str) -> CompiledSchema | None:
    return CompiledSchema(rules[keyword]) if keyword in rules else None


def _own_rules(rules: Mapping[str, Any]) -> Iterator[tuple[Callable[[Any], bool], str]]:
    """Return what is asked of a value whatever is in it, the type first, each with what is said if it is broken."""
    if "type" in rules:
        yield _of_type(rules["type"]), rule_message("type", rules["type"])
    if "enum" in rules:
        yield _one_of(rules["enum"]), rule_message("enum", rules["enum"])
    for keyword in (keyword for keyword in _LIMITS if keyword in rules):
        yield _within(keyword, rules[keyword]), rule_message(keyword, rules[keyword])


def _of_type(names: str | list[str]) -> Callable[[Any], bool]:
    if isinstance(names, str):
        return _IS_TYPE[names]
    checks = [_IS_TYPE[name] for name in names]
    return lambda value: any(check(value) for check in checks)


def _one_of(choices: list[str]) -> Callable[[Any], bool]:
    if not all(isinstance(choice, str) for choice in choices):
        raise ValueError("choices that are no texts cannot be compiled")
    return lambda value: isinstance(value, str) and value in choices


def _within(keyword: str, limit: float) -> Callable[[Any], bool]:
    name, is_kept = _LIMITS[keyword]
    is_limited = _IS_TYPE[name]
    return lambda value: not is_limited(value) or is_kept(value, limit)


def _below(pointer: str, problem: Problem) -> Problem:
    return Problem(pointer + problem.pointer, problem.message, at_key=problem.at_key) if pointer else problem
