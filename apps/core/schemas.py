"""JSON Schema, draft 2020-12: whether a schema may be used here, and what a value breaks.

Schemas come from templates, values from anyone, so neither may cost without bound or reach outside: nothing is
fetched, references stay inside the schema, and the messages name the rule, never the value.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator, validators
from referencing import Registry

from apps.core import canonical
from apps.core.placeholders import pointer_token
from apps.core.schema_keywords import KEYWORDS, TooMuchWork, UnknownKey, bounded_work
from apps.core.schema_messages import message
from apps.core.schema_outline import flaws, without_false

MAX_PROBLEMS = 100

_TOO_MUCH = "takes too much work to check"
_Validator = validators.extend(Draft202012Validator, KEYWORDS)
_META = Draft202012Validator(Draft202012Validator.META_SCHEMA)

Schema = Mapping[str, Any] | bool


@dataclass(frozen=True)
class Problem:
    """What is wrong and where: an RFC 6901 pointer; ``line`` and ``column`` (from 1) when a text was read.

    ``at_key``: not the value is wrong, but that its key is there.
    """

    pointer: str
    message: str
    line: int | None = None
    column: int | None = None
    at_key: bool = False


def check_schema(schema: Any, pointer: str = "") -> list[Problem]:
    """What keeps ``schema`` from being used, each with a pointer below ``pointer``; empty when nothing does."""
    broken = _listed(_META, schema, pointer)
    if broken:
        return broken
    found = [Problem(pointer + at, said) for at, said in flaws(schema)]
    return found[:MAX_PROBLEMS] or _endless(schema, pointer)


def problems(schema: Schema, value: Any, pointer: str = "") -> list[Problem]:
    """What of ``schema`` ``value`` breaks, in the order of the pointers; at most MAX_PROBLEMS.

    The schema must have passed ``check_schema``.
    """
    return _listed(_validator(canonical.dumps(schema)), value, pointer)


def _listed(validator: Any, value: Any, pointer: str) -> list[Problem]:
    try:
        with bounded_work():
            errors = list(islice(validator.iter_errors(value), MAX_PROBLEMS))
    except (TooMuchWork, RecursionError):
        return [Problem(pointer, _TOO_MUCH)]
    found = {
        Problem(pointer + _pointer(error.absolute_path), message(error), at_key=isinstance(error, UnknownKey))
        for error in errors
    }
    return sorted(found, key=lambda problem: (problem.pointer, problem.message))


def _pointer(path: Iterable[str | int]) -> str:
    return "".join(pointer_token(key) for key in path)


def _endless(schema: Schema, pointer: str) -> list[Problem]:
    """A schema that refers to itself for the same value never ends, whatever the value."""
    probes: tuple[Any, ...] = (None, {}, [])
    for probe in probes:
        if any(problem.message == _TOO_MUCH for problem in problems(schema, probe)):
            return [Problem(pointer, "the schema refers to itself without end")]
    return []


@lru_cache(maxsize=256)
def _validator(text: str) -> Any:
    schema = json.loads(text)
    if isinstance(schema, dict):
        # With it, the library would take its own class for the dialect, and so its own keywords.
        schema.pop("$schema", None)
    return _Validator(without_false(schema), registry=Registry())
