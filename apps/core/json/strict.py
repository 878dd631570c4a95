"""Strict reading of JSON from outside: what two readers could take differently is refused.

Refused: bad UTF-8, NaN and infinities, numbers that no double holds, NUL, lone surrogates, a key given twice,
nesting beyond :data:`MAX_DEPTH`.
"""

import json
import math
from typing import Any

from apps.core.expressions.placeholders import Way, pointer
from apps.core.json import text_locations
from apps.core.json.locations import place_after
from apps.core.schema.json_schema import Problem

MAX_DEPTH = 100
# Beyond this, a whole number has no double: readers that know only doubles would see an infinity.
MAX_INTEGER = 2**1023


class Malformed(ValueError):
    """A text that is not strict JSON. ``problem`` says where, as far as that is known."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class _Repeated(dict[str, Any]):
    """An object that names ``key`` twice; the walk, which knows the path to it, finds it again."""

    key = ""


def loads(body: bytes | bytearray) -> Any:
    """Return the value that ``body`` holds. Raises :class:`Malformed`."""
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        place = place_after(body[: error.start].decode())
        raise Malformed(Problem("", f"byte {error.start} is not UTF-8", *place)) from error
    except json.JSONDecodeError as error:
        message = f"not JSON: {error.msg} (line {error.lineno}, column {error.colno})"
        raise Malformed(Problem("", message, line=error.lineno, column=error.colno)) from error
    except RecursionError as error:
        place = text_locations.of_depth(body.decode(), MAX_DEPTH + 1)
        raise Malformed(Problem("", f"nested deeper than {MAX_DEPTH}", *place)) from error
    except ValueError as error:
        # Python refuses to read integers of thousands of digits.
        raise Malformed(Problem("", "holds a number with too many digits")) from error
    check(value)
    return value


def check(value: Any, longest_key: float = math.inf) -> None:
    """Raise :class:`Malformed` for a value, from whatever reader, that strict JSON cannot express.

    Or for keys of more than ``longest_key`` characters.
    """
    waiting: list[tuple[Way, int, Any]] = [(None, 0, value)]
    while waiting:
        way, depth, item = waiting.pop()
        if isinstance(item, dict | list):
            if depth == MAX_DEPTH:
                raise _malformed(way, f"nested deeper than {MAX_DEPTH}")
            if isinstance(item, dict) and any(len(key) > longest_key for key in item):
                raise _malformed(way, f"a key has at most {longest_key:,} characters")
            waiting.extend(_children(way, depth + 1, item))
        else:
            _check_scalar(way, item)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) == len(pairs):
        return result
    repeated = _Repeated(result)
    seen: set[str] = set()
    repeated.key = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    return repeated


def _children(way: Way, depth: int, item: dict[str, Any] | list[Any]) -> list[tuple[Way, int, Any]]:
    if isinstance(item, list):
        # Long lists are mostly of small numbers, and those are fine as they are.
        return [
            ((way, index), depth, child)
            for index, child in enumerate(item)
            if not (type(child) is int and -MAX_INTEGER < child < MAX_INTEGER)
        ]
    for key in item:
        _check_text(way, key)
    if isinstance(item, _Repeated):
        raise _malformed((way, item.key), "this key is given twice")
    return [((way, key), depth, child) for key, child in item.items()]


def _check_scalar(way: Way, item: Any) -> None:
    if isinstance(item, str):
        _check_text(way, item)
    elif isinstance(item, float):
        if not math.isfinite(item):
            raise _malformed(way, "not a number that JSON can hold")
    elif isinstance(item, int) and not -MAX_INTEGER < item < MAX_INTEGER:
        raise _malformed(way, "this number is too large")


def _check_text(way: Way, text: str) -> None:
    if "\0" in text:
        raise _malformed(way, "text must not contain NUL")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise _malformed(way, "text must not contain a lone surrogate") from error


def _malformed(way: Way, message: str) -> Malformed:
    return Malformed(Problem(pointer(way), message))
