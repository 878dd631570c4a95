"""The subscription of the triggers to the bus: one reader for all their topics, a new one whenever these change."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from apps.events.bus.port import Bus, BusUnavailable, Position, Reader, Received

logger = logging.getLogger(__name__)

GROUP = "base-shift.triggers"
# A topic that cannot be read, though the bus is there, must not keep the others from being read.
SHUNNED_FOR = timedelta(seconds=30)


class Subscription:
    """Raises BusAway as the bus does; :meth:`drop` it then, and what was not committed comes again."""

    def __init__(self, bus: Bus, group: str) -> None:
        self._bus = bus
        self._group = group
        self._topics: frozenset[str] = frozenset()
        self._reader: Reader | None = None
        self._shunned: dict[str, datetime] = {}
        # By topic, why it cannot be read.
        self.faults: dict[str, str] = {}

    def poll(self, topics: frozenset[str], now: datetime, timeout: float) -> list[Received]:
        """Return the next messages of these topics; none after ``timeout`` seconds."""
        readable = frozenset(topic for topic in topics if not self._is_shunned(topic, now))
        if not readable:
            raise BusUnavailable("none of the topics can be read")
        try:
            return self._poll(readable, timeout)
        except BusUnavailable:
            self.drop()
            if len(readable) > 1:
                self._find_faults(readable, now)
            raise

    def commit(self, positions: Sequence[Position]) -> None:
        if self._reader is not None:
            self._reader.commit(positions)

    def drop(self) -> None:
        """Leave the group."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _poll(self, topics: frozenset[str], timeout: float) -> list[Received]:
        if self._reader is None or topics != self._topics:
            self.drop()
            self._reader = self._bus.subscribe(sorted(topics), self._group)
            self._topics = topics
        return self._reader.poll(timeout)

    def _is_shunned(self, topic: str, now: datetime) -> bool:
        if topic in self._shunned and now >= self._shunned[topic]:
            del self._shunned[topic], self.faults[topic]
        return topic in self._shunned

    def _find_faults(self, topics: frozenset[str], now: datetime) -> None:
        """Shun those topics that cannot be read by themselves. Raises BusUnavailable if it is the bus that is away."""
        self._bus.describe()
        for topic in sorted(topics):
            try:
                self._try_alone(topic)
            except BusUnavailable as error:
                logger.warning("topic_read_failed", extra={"topic": topic, "error": str(error)})
                self.faults[topic] = str(error)
                self._shunned[topic] = now + SHUNNED_FOR

    def _try_alone(self, topic: str) -> None:
        # What it reads is not committed, so it comes again.
        reader = self._bus.subscribe([topic], self._group)
        try:
            reader.poll(0)
        finally:
            reader.close()
