"""Keywords of JSON Schema as they run here: the standard's meaning, with work bounded and words of our own.

The library's versions of these compare each item with each other, let patterns backtrack without end, follow
references without end, or say the value in their message.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from apps.core import canonical, patterns

Errors = Iterator[ValidationError]

# A reference followed costs 1, a search in the linear-time engine 20 (it compiles the pattern each time).
MAX_WORK = 200_000
SEARCH_WORK = 20

_work_left: ContextVar[list[int]] = ContextVar("_work_left")


class Told(ValidationError):  # type: ignore[misc]  # the library has no types
    """An error whose message is ours, fit to be shown."""


class UnknownKey(Told):
    """A key that the schema does not allow."""


class TooMuchWork(Exception):
    """The schema asks for more checks of this value than are made."""


@contextmanager
def bounded_work() -> Iterator[None]:
    """Within it, checks raise TooMuchWork when MAX_WORK is used up."""
    token = _work_left.set([MAX_WORK])
    try:
        yield
    finally:
        _work_left.reset(token)


def _spend(amount: int) -> None:
    left = _work_left.get()
    left[0] -= amount
    if left[0] < 0:
        raise TooMuchWork


def _search(source: str, text: str) -> bool:
    pattern = patterns.compile(source)
    if not pattern.backtracks_safely or len(text) > patterns.MAX_BACKTRACKED:
        _spend(SEARCH_WORK + len(text) // 10_000)
    return pattern.search(text)


def _following(keyword: str) -> Callable[..., Errors]:
    """The library's way to follow a reference, counted: every endless schema goes through one."""
    follow = Draft202012Validator.VALIDATORS[keyword]

    def counted(validator: Any, reference: str, value: Any, schema: Mapping[str, Any]) -> Errors:
        _spend(1)
        yield from follow(validator, reference, value, schema)

    return counted


def _required(validator: Any, names: list[str], value: Any, schema: Mapping[str, Any]) -> Errors:
    if validator.is_type(value, "object"):
        for name in names:
            if name not in value:
                yield Told(f"must have the key {_short(name)}")


def _pattern(validator: Any, source: str, value: Any, schema: Mapping[str, Any]) -> Errors:
    if not validator.is_type(value, "string"):
        return
    try:
        if not _search(source, value):
            yield Told(f"must match the pattern {source}")
    except patterns.PatternError as error:
        yield Told(str(error))


def _pattern_properties(validator: Any, rules: Mapping[str, Any], value: Any, schema: Mapping[str, Any]) -> Errors:
    if not validator.is_type(value, "object"):
        return
    for source, subschema in rules.items():
        for key, item in value.items():
            if _search(source, key):
                yield from validator.descend(item, subschema, path=key, schema_path=source)


def _additional_properties(validator: Any, rule: Any, value: Any, schema: Mapping[str, Any]) -> Errors:
    if not validator.is_type(value, "object"):
        return
    named, sources = schema.get("properties", {}), schema.get("patternProperties", {})
    for key, item in value.items():
        if key in named or any(_search(source, key) for source in sources):
            continue
        if rule is False:
            yield UnknownKey(f"the key {_short(key)} is not allowed", path=[key])
        else:
            yield from validator.descend(item, rule, path=key)


def _unique_items(validator: Any, wanted: bool, value: Any, schema: Mapping[str, Any]) -> Errors:
    if wanted and validator.is_type(value, "array") and len({identity(item) for item in value}) < len(value):
        yield Told("must not have the same item twice")


def identity(value: Any) -> str:
    """Equal texts for values that are equal in JSON Schema: 1 and 1.0 are one number, true is none."""
    return canonical.dumps(_whole(value))


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: _whole(item) for key, item in value.items()}
    return [_whole(item) for item in value] if isinstance(value, list) else value


def _short(key: str) -> str:
    return f"'{key}'" if len(key) <= 100 else f"'{key[:97]}...'"


KEYWORDS: Mapping[str, Callable[..., Errors]] = {
    "$ref": _following("$ref"),
    "$dynamicRef": _following("$dynamicRef"),
    "required": _required,
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "uniqueItems": _unique_items,
}
