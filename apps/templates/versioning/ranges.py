"""Ranges of versions, written in node-semver's grammar: ``^1.2``, ``~1.2.3``, ``>=1 <3``, ``1 - 2``, ``1.x || 3``.

The grammar is its strict one, without its options: https://github.com/npm/node-semver#range-grammar.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import Any

MAX_LENGTH = 200

Numbers = tuple[int, ...]
# The three numbers, and what puts pre-releases in their order before the release.
Key = tuple[Numbers, tuple[Any, ...]]
_NO_RANGE = "this is neither a version nor a range such as ^1.2, ~1.2, >=1.0 <2 or latest"
_RELEASE = (1,)
_LOWEST = (0, (0, 0, ""))

_X = r"0|[1-9][0-9]*|[xX*]"
_PRE = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_PARTIAL = rf"v?({_X})(?:\.({_X})(?:\.({_X})(?:-({_PRE}(?:\.{_PRE})*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?)?)?"
_SIMPLE = re.compile(rf"(~>?|\^|[<>]=?|=)?\s*{_PARTIAL}(?:\s+|\Z)", re.ASCII)
_HYPHEN = re.compile(rf"{_PARTIAL}\s+-\s+{_PARTIAL}", re.ASCII)

_OPERATORS: dict[str, Callable[[Key, Key], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
}


class RangeInvalid(ValueError):
    """Refusal of a text that is neither a version nor a range in node-semver's grammar."""


@dataclass(frozen=True, slots=True)
class Comparator:
    operator: str
    version: Key


Comparators = tuple[Comparator, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """Alternative sets of comparators, of which one must hold as a whole; the empty set holds for every release."""

    sets: tuple[Comparators, ...]

    def matches(self, version: Key) -> bool:
        return any(_satisfies(comparators, version) for comparators in self.sets)


@lru_cache(maxsize=4096)
def key(version: str) -> Key:
    """Return a key that orders versions of semver 2.0.0 by precedence; build metadata has no part in it."""
    numbers, _, pre = version.partition("+")[0].partition("-")
    return tuple(int(number) for number in numbers.split(".")), _pre_key(pre)


@lru_cache(maxsize=1024)
def parse(text: str) -> Range:
    """Return the range that ``text`` means. Raises RangeInvalid if it is none, or longer than MAX_LENGTH."""
    if len(text) > MAX_LENGTH:
        raise RangeInvalid(f"a range has at most {MAX_LENGTH} characters")
    return Range(tuple(_comparators(part.strip()) for part in text.split("||")))


def _satisfies(comparators: Comparators, version: Key) -> bool:
    if not all(_OPERATORS[comparator.operator](version, comparator.version) for comparator in comparators):
        return False
    # Who names a pre-release takes its siblings, and no others.
    return version[1] == _RELEASE or any(
        named[0] == version[0] and named[1] != _RELEASE for named in (comparator.version for comparator in comparators)
    )


def _comparators(text: str) -> Comparators:
    hyphen = _HYPHEN.fullmatch(text)
    if hyphen:
        return _between(_Partial(*hyphen.groups()[:4]), _Partial(*hyphen.groups()[4:]))
    found: list[Comparator] = []
    position = 0
    while position < len(text):
        simple = _SIMPLE.match(text, position)
        if simple is None:
            raise RangeInvalid(_NO_RANGE)
        found += _simple(simple[1] or "=", _Partial(*simple.groups()[1:]))
        position = simple.end()
    return tuple(found)


class _Partial:
    """A version of which only the first numbers may be given: ``1.2``, ``1.x``, ``*``."""

    def __init__(self, major: str, minor: str | None, patch: str | None, pre: str | None) -> None:
        given = [number if number and number not in "xX*" else None for number in (major, minor, patch)]
        self.numbers: Numbers = tuple(int(number) for number in takewhile(bool, given) if number)
        self.is_whole = len(self.numbers) == 3
        # As 1.x.3: nothing that anyone means.
        self.has_gap = any(given[len(self.numbers) :])
        self.first: Key = (_padded(self.numbers), _pre_key((pre or "") if self.is_whole else ""))

    def end(self, length: int = 3) -> Key:
        """Return the lowest version above all those that begin with the same ``length`` numbers."""
        numbers = self.numbers[:length]
        return _padded((*numbers[:-1], numbers[-1] + 1)), _LOWEST


def _simple(sign: str, partial: _Partial) -> Comparators:
    if partial.has_gap and sign[0] not in "~^":
        raise RangeInvalid(_NO_RANGE)
    if not partial.numbers:
        return (Comparator("<", ((0, 0, 0), _LOWEST)),) if sign in "<>" else ()
    if sign[0] in "~^":
        same = 2 if sign[0] == "~" else _first_that_counts(partial.numbers)
        return Comparator(">=", partial.first), Comparator("<", partial.end(same))
    if partial.is_whole or sign == ">=":
        return (Comparator(sign, partial.first),)
    if sign == "=":
        return Comparator(">=", partial.first), Comparator("<", partial.end())
    return (_beside(sign, partial),)


def _beside(sign: str, partial: _Partial) -> Comparator:
    """Return ``>1.2`` and the like: above, up to or below all versions that begin so."""
    if sign == ">":
        return Comparator(">=", (partial.end()[0], _RELEASE))
    return Comparator("<", partial.end() if sign == "<=" else (partial.first[0], _LOWEST))


def _between(low: _Partial, high: _Partial) -> Comparators:
    found = [Comparator(">=", low.first)] if low.numbers else []
    if high.is_whole:
        found.append(Comparator("<=", high.first))
    elif high.numbers:
        found.append(Comparator("<", high.end()))
    return tuple(found)


def _first_that_counts(numbers: Numbers) -> int:
    """Return how many numbers ``^`` keeps: up to the first that is not 0."""
    return next((place for place, number in enumerate(numbers, 1) if number), 3)


def _padded(numbers: Numbers) -> Numbers:
    return (*numbers, 0, 0)[:3]


def _pre_key(pre: str) -> tuple[Any, ...]:
    if not pre:
        return _RELEASE
    return 0, *((0, int(part), "") if part.isdigit() else (1, 0, part) for part in pre.split("."))
