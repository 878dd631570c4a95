"""Bounds on the work of a validation, and errors whose messages are ours."""

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
    """An error whose message is ours and may be shown."""


class UnknownKeyError(SafeValidationError):
    """A key that the schema does not allow."""


class TooMuchWork(Exception):
    """A validation beyond its work budget."""


@contextmanager
def bounded_work(most: int) -> Iterator[None]:
    """Raise TooMuchWork within the block once ``most`` work is spent."""
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
    """Raise TooMuchWork shortly before Python's stack is full: resolving a reference there would panic in the
    library's compiled part, which no ``except Exception`` sees."""
    try:
        sys._getframe(sys.getrecursionlimit() - MIN_FREE_FRAMES)
    except ValueError:
        # There are not that many frames.
        return
    raise TooMuchWork


def count_evolutions(validator_class: Any) -> None:
    """Have its validators spend work for each schema that they evaluate: they evolve for each."""
    evolve = validator_class.evolve

    def counted(self: Any, **changes: Any) -> Any:
        spend(1)
        return evolve(self, **changes)

    validator_class.evolve = counted


def search(source: str, text: str) -> bool:
    """Return whether the pattern matches somewhere in ``text``. Raises PatternError."""
    pattern = patterns.compile(source)
    if not pattern.backtracks_safely or len(text) > patterns.MAX_BACKTRACKED_LENGTH:
        spend(SEARCH_WORK + len(text) // 5_000)
    return pattern.search(text)


def short(key: str) -> str:
    return f"'{key}'" if len(key) <= 100 else f"'{key[:97]}...'"
