"""Reading for a whole list what one of its items is asked for."""

from collections.abc import Callable
from typing import Generic, TypeVar

from apps.core.errors import Refusal

Value = TypeVar("Value")


class BatchLoader(Generic[Value]):
    """A reading that is done when it is first asked for, and then known: a refusal, too, or each item would try anew."""

    def __init__(self, read: Callable[[], Value]) -> None:
        self._read = read
        self._known: list[Value] = []
        self._refusal: Refusal | None = None

    def __call__(self) -> Value:
        """The value. Raises what the reading was refused for."""
        if self._refusal is not None:
            raise self._refusal
        if not self._known:
            try:
                self._known.append(self._read())
            except Refusal as refusal:
                self._refusal = refusal
                raise
        return self._known[0]
