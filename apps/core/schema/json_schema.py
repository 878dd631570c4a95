"""JSON Schema, draft 2020-12: checks of schemas, and validation of values.

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
from jsonschema.exceptions import ValidationError

from apps.core.expressions.placeholders import pointer_token
from apps.core.json import canonical
from apps.core.schema import outline, references
from apps.core.schema.dialect import META_SCHEMA
from apps.core.schema.keywords import KEYWORDS
from apps.core.schema.messages import message
from apps.core.schema.references import Resolver
from apps.core.schema.work_budget import (
    MAX_WORK,
    PROBE_WORK,
    TooMuchWork,
    UnknownKeyError,
    bounded_work,
    count_evolutions,
)

MAX_PROBLEMS = 100

_TOO_MUCH = "takes too much work to check"
_TOO_MANY = f"a schema has at most {outline.MAX_SUBSCHEMAS:,} parts"
_ENDLESS = "takes too much work to check: the schema refers to itself without end, or nests too many conditions"
_Validator = validators.extend(Draft202012Validator, KEYWORDS)
count_evolutions(_Validator)

Schema = Mapping[str, Any] | bool


@dataclass(frozen=True)
class Problem:
    """A mistake and its place."""

    # The place in the value, by RFC 6901.
    pointer: str
    # What is wrong, for people.
    message: str
    # The place in the text, from 1; None if no text was read.
    line: int | None = None
    column: int | None = None
    # Whether it is not the value that is wrong, but that its key is there.
    at_key: bool = False


def check_schema(schema: Any, pointer: str = "") -> list[Problem]:
    """Return what keeps ``schema`` from being used, each with a pointer below ``pointer``."""
    if outline.has_too_many_parts(schema):
        return [Problem(pointer, _TOO_MANY)]
    broken = problems(META_SCHEMA, schema, pointer)
    if broken:
        return broken
    flaws = outline.flaws(schema) + references.flaws(schema)
    found = [Problem(pointer + at, said) for at, said in flaws[:MAX_PROBLEMS]]
    return found or _endless(schema, pointer)


def problems(schema: Schema, value: Any, pointer: str = "") -> list[Problem]:
    """Return the violations of ``schema`` by ``value``, in the order of their pointers; at most MAX_PROBLEMS.

    The schema must have passed ``check_schema``.
    """
    try:
        return _safe_messages(_errors(schema, value, MAX_WORK), pointer)
    except TooMuchWork:
        return [Problem(pointer, _TOO_MUCH)]


def problems_of_part(part: Schema, place: Resolver, value: Any, pointer: str = "") -> list[Problem]:
    """Return the same as :func:`problems`, for a part of a schema; ``place`` resolves the references in it."""
    try:
        with bounded_work(MAX_WORK):
            validator = _Validator(outline.prepared(part), _resolver=place)
            return _safe_messages(list(islice(validator.iter_errors(value), MAX_PROBLEMS)), pointer)
    except (TooMuchWork, RecursionError):
        return [Problem(pointer, _TOO_MUCH)]


def _safe_messages(errors: list[ValidationError], pointer: str) -> list[Problem]:
    found = {
        Problem(pointer + _pointer(error.absolute_path), message(error), at_key=isinstance(error, UnknownKeyError))
        for error in errors
    }
    return sorted(found, key=lambda problem: (problem.pointer, problem.message))


def _errors(schema: Schema, value: Any, work: int) -> list[ValidationError]:
    try:
        with bounded_work(work):
            return list(islice(_validator(canonical.dumps(schema)).iter_errors(value), MAX_PROBLEMS))
    except RecursionError:
        raise TooMuchWork from None


def _pointer(path: Iterable[str | int]) -> str:
    return "".join(pointer_token(key) for key in path)


def _endless(schema: Schema, pointer: str) -> list[Problem]:
    """Return the problem of a schema that refers to itself for the same value: it never ends, whatever the value."""
    probes: tuple[Any, ...] = (None, {}, [])
    try:
        for probe in probes:
            _errors(schema, probe, PROBE_WORK)
    except TooMuchWork:
        return [Problem(pointer, _ENDLESS)]
    return []


@lru_cache(maxsize=256)
def _validator(text: str) -> Any:
    schema = json.loads(text)
    if isinstance(schema, dict):
        # With it, the library would take its own class for the dialect, and so its own keywords.
        schema.pop("$schema", None)
    schema = outline.prepared(schema)
    return _Validator(schema, _resolver=references.resolver(schema))
