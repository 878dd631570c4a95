"""CEL expressions: compiled once, bounded before they run, giving values that are JSON.

The library has no cost limit of its own. So the source's length and nesting are capped, comprehensions (the only
loops CEL has) are refused unless the caller allows them, and where allowed, the work they may do is bounded by the
size of the data before they start.
"""

import base64
import datetime
import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from apps.core.expressions import library
from apps.core.expressions.source import Outline, outline

MAX_SOURCE_LENGTH = 1_000
# Only jobs that run in an executor may loop, and their expressions build whole documents.
MAX_SOURCE_LENGTH_WITH_COMPREHENSIONS = 4_000
MAX_NESTING = 24
MAX_LOOP_NESTING = 3
# In values copied, each about a tenth of a microsecond: two seconds. (map and filter copy their list at every step.)
MAX_LOOP_WORK = 20_000_000
STEP_WORK = 10
MAX_RESULT_VALUES = 1_000_000

_FUNCTIONS = frozenset(
    [
        "contains",
        "startsWith",
        "endsWith",
        "matches",
        "size",
        "type",
        "dyn",
        "int",
        "uint",
        "double",
        "string",
        "bytes",
        "timestamp",
        "duration",
        "getFullYear",
        "getMonth",
        "getDayOfYear",
        "getDayOfMonth",
        "getDate",
        "getDayOfWeek",
        "getHours",
        "getMinutes",
        "getSeconds",
        "getMilliseconds",
    ]
)

# Names that stand free in an expression though nobody gives them a value.
TYPE_NAMES = frozenset({"bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"})


class ExpressionError(ValueError):
    """An expression that does not compile, or failed while it ran. The message is for people."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Expression:
    """A compiled expression. ``evaluate`` may be called from several threads.

    ``steps`` holds the names in ``steps.NAME`` and ``steps["NAME"]``; None when the source does not say which.
    ``variables`` holds every name that stands free in it (and those that comprehensions bind).
    """

    __slots__ = ("_outline", "_program", "source", "steps", "variables")

    def __init__(self, source: str, program: library.Program, read: Outline) -> None:
        self.source = source
        self.steps = read.steps
        self.variables = frozenset(program.variables())
        self._program = program
        self._outline = read

    def evaluate(self, data: Mapping[str, Any]) -> Any:
        """Return the value for ``data`` (names to JSON values). Raises ExpressionError, also for what is not JSON."""
        seen = self._needed(data)
        if self._outline.loop_nesting or self._outline.builds:
            _check_work(self._outline, seen)
        try:
            value = self._program.execute(seen)
        except Exception as error:  # noqa: BLE001 - the library raises built-in errors of nearly every kind
            raise ExpressionError(_explanation(error)) from None
        return _Result().json(value)

    def _needed(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return the part of ``data`` that the source names: all that is handed over is converted, used or not."""
        seen = {name: data[name] for name in self.variables if name in data}
        if self.steps is not None and "steps" in seen:
            seen["steps"] = {name: seen["steps"][name] for name in self.steps if name in seen["steps"]}
        return seen

    def is_constant_other_than(self, kind: type) -> bool:
        """Return whether the result, without any data, is of another kind; False if it depends on data."""
        try:
            return not isinstance(self.evaluate({}), kind)
        except ExpressionError:
            return False


@lru_cache(maxsize=4096)
def compile(source: str, *, comprehensions: bool = False) -> Expression:
    """Return the expression in ``source``. Raises ExpressionError, which says what is wrong."""
    limit = MAX_SOURCE_LENGTH_WITH_COMPREHENSIONS if comprehensions else MAX_SOURCE_LENGTH
    if len(source) > limit:
        raise ExpressionError(f"an expression has at most {limit:,} characters")
    read = outline(source)
    if read.nesting > MAX_NESTING:
        raise ExpressionError(f"an expression nests at most {MAX_NESTING} brackets")
    if read.loops and not comprehensions:
        raise ExpressionError(f"{read.loops[0]}() is a comprehension; they are not allowed here")
    if read.loop_nesting > MAX_LOOP_NESTING:
        raise ExpressionError(f"comprehensions nest at most {MAX_LOOP_NESTING} deep")
    return Expression(source, _program(source), read)


def _program(source: str) -> library.Program:
    try:
        program = library.compile(source)
    except Exception as error:  # noqa: BLE001 - see evaluate
        raise ExpressionError(_explanation(error)) from None
    # Operators are written with marks ("_+_", "@in"); a name that is none of these fails only when it is run.
    unknown = [name for name in program.functions() if name.isidentifier() and not _known(name)]
    if unknown:
        raise ExpressionError(f"there is no function {unknown[0]}()")
    return program


def _known(function: str) -> bool:
    return function in _FUNCTIONS or function.startswith("_")


def _explanation(error: Exception) -> str:
    """Return the library's message in a line. A failed lookup's message is the bare key."""
    if isinstance(error, KeyError):
        return f"there is no key {str(error)[:100]}"
    first = str(error).split("\n", 1)[0]
    _, _, detail = first.partition("ERROR: ")
    return (detail or first)[:300]


def _check_work(read: Outline, data: Mapping[str, Any]) -> None:
    """Refuse an expression that could loop, or copy the data, without end."""
    longest, values = _size(data)
    if read.names * values > MAX_RESULT_VALUES and read.builds:
        raise ExpressionError("the expression could build too large a value of this data")
    values *= 1 + read.joins
    step = STEP_WORK + (values if read.copies else 0) + (values // 10 if read.searches else 0)
    steps = max(longest, read.names) * (1 + read.joins)
    if read.loop_nesting and steps**read.loop_nesting * step > MAX_LOOP_WORK:
        raise ExpressionError("the comprehension could take too long over this data")


def _size(data: Any) -> tuple[int, int]:
    """Return the length of the longest list or object anywhere in ``data``, and the number of values in all."""
    longest = values = 0
    waiting = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            waiting.extend(value.values())
        elif isinstance(value, list | tuple):
            waiting.extend(value)
        else:
            continue
        longest = max(longest, len(value))
        values += len(value)
    return longest, values


class _Result:
    """The conversion of one result to JSON as CEL maps it: times as RFC 3339, durations in seconds, bytes in base64."""

    def __init__(self) -> None:
        self._left = MAX_RESULT_VALUES

    def json(self, value: Any) -> Any:
        self._left -= 1
        if self._left < 0:
            raise ExpressionError(f"the result has more than {MAX_RESULT_VALUES:,} values")
        if isinstance(value, dict):
            return {self._key(key): self.json(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.json(item) for item in value]
        return _scalar(value)

    def _key(self, key: Any) -> str:
        if not isinstance(key, str):
            raise ExpressionError("the keys of a result must be strings")
        return key


def _scalar(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        raise ExpressionError("the result is not a finite number")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, datetime.timedelta):
        return f"{value.total_seconds():f}".rstrip("0").rstrip(".") + "s"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise ExpressionError("the result is not a JSON value")
