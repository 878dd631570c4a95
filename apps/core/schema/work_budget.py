"""How much work a check may take, and errors whose words are ours."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from jsonschema.exceptions import ValidationError

from apps.core.schema import patterns

# A schema asked of a value costs 1: some ten microseconds. A search in the linear-time engine compiles the pattern.
MAX_WORK = 1_500_000
# For a value without parts, which no schema of some thousand parts needs.
PROBE_WORK = 200_000
REFERENCE_WORK = 7
SEARCH_WORK = 50
# Frames that are left for resolving one reference.
MIN_FREE_FRAMES = 150

_work_left: ContextVar[list[int]] = ContextVar("_work_left")


class SafeValidationError(ValidationError):  # type: ignore[misc]  # the library has no types
    """An error whose message is ours, fit to be shown."""


class UnknownKeyError(SafeValidationError):
    """A key that the schema does not allow."""


class TooMuchWork(Exception):
    """The schema asks for more checks of this value than are made."""


@contextmanager
def bounded_work(most: int) -> Iterator[None]:
    """Within it, checks raise TooMuchWork when so much is used up."""
    token = _work_left.set([most])
    try:
        yield
    finally:
        _work_left.reset(token)


def spend(amount: int) -> None:
    left = _work_left.get()
    left[0] -= amount
    if left[0] < 0:
        raise TooMuchWork


def require_free_frames() -> None:
    """TooMuchWork shortly before Python's stack is full: resolving a reference there would end in a panic of the
    library's compiled part, which no ``except Exception`` sees."""
    try:
        sys._getframe(sys.getrecursionlimit() - MIN_FREE_FRAMES)
    except ValueError:
        # There are not that many frames.
        return
    raise TooMuchWork


def count_evolutions(validator_class: Any) -> None:
    """Make its validators spend work for each schema that they ask of a value: they evolve for each."""
    evolve = validator_class.evolve

    def counted(self: Any, **changes: Any) -> Any:
        spend(1)
        return evolve(self, **changes)

    validator_class.evolve = counted


def search(source: str, text: str) -> bool:
    """Whether the pattern matches somewhere in ``text``; PatternError."""
    pattern = patterns.compile(source)
    if not pattern.backtracks_safely or len(text) > patterns.MAX_BACKTRACKED_LENGTH:
        spend(SEARCH_WORK + len(text) // 5_000)
    return pattern.search(text)


def short(key: str) -> str:
    return f"'{key}'" if len(key) <= 100 else f"'{key[:97]}...'"
