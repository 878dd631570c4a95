"""Reads for a whole list when the first of its items needs them."""

from collections.abc import Callable
from typing import Generic, TypeVar

from apps.core.errors import Refusal

Value = TypeVar("Value")


class BatchLoader(Generic[Value]):
    """A read that is done on first use and then cached: a refusal, too, or each item would try again."""

    def __init__(self, read: Callable[[], Value]) -> None:
        self._read = read
        self._known: list[Value] = []
        self._refusal: Refusal | None = None

    def __call__(self) -> Value:
        """Return the value. Raises the refusal of the read."""
        if self._refusal is not None:
            raise self._refusal
        if not self._known:
            try:
                self._known.append(self._read())
            except Refusal as refusal:
                self._refusal = refusal
                raise
        return self._known[0]
