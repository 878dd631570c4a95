"""The memory that the jobs of one process share: as many run at once as it has room for, or one that must be alone."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class MemoryBudget:
    """Jobs run side by side while all that they were given fits into ``room`` bytes; the others wait, first come, first
    served. One that is larger, or is to run alone, has the room to itself."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._taken = 0
        self._changed = threading.Condition()
        self._waiting: deque[object] = deque()

    @contextmanager
    def turn(self, size: int, *, alone: bool = False) -> Iterator[None]:
        """``size`` is in bytes."""
        part = self._room if alone else min(max(size, 1), self._room)
        self._take(part)
        try:
            yield
        finally:
            with self._changed:
                self._taken -= part
                self._changed.notify_all()

    def _take(self, part: int) -> None:
        ticket = object()
        with self._changed:
            self._waiting.append(ticket)
            self._changed.wait_for(lambda: self._waiting[0] is ticket and self._taken + part <= self._room)
            self._waiting.popleft()
            self._taken += part
            # The next one in line may fit as well.
            self._changed.notify_all()
