"""What the triggers read of the bus: one reader for all their topics, a new one whenever these change."""

from collections.abc import Sequence

from apps.events.bus.port import Bus, Position, Reader, Received

GROUP = "base-shift.triggers"


class Subscription:
    """Raises BusAway as the bus does; :meth:`drop` it then, and what was not committed comes again."""

    def __init__(self, bus: Bus, group: str) -> None:
        self._bus = bus
        self._group = group
        self._topics: frozenset[str] = frozenset()
        self._reader: Reader | None = None

    def poll(self, topics: frozenset[str], timeout: float) -> list[Received]:
        """The next messages of these topics; none after ``timeout`` seconds."""
        if self._reader is None or topics != self._topics:
            self.drop()
            self._reader = self._bus.subscribe(sorted(topics), self._group)
            self._topics = topics
        return self._reader.poll(timeout)

    def commit(self, positions: Sequence[Position]) -> None:
        if self._reader is not None:
            self._reader.commit(positions)

    def drop(self) -> None:
        """Leave the group."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
