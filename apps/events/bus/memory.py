"""A bus within one process: for trials, and for tests of code that uses a bus. It ends with the process."""

import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

from apps.events.bus.port import MAX_MESSAGE_BYTES, Message, Position, PublishResult, Received, Topic, too_large

PARTITION = 0


class MemoryBus:
    """The adapter. Any number of threads may share it."""

    def __init__(self, *, max_message_bytes: int = MAX_MESSAGE_BYTES) -> None:
        self.max_message_bytes = max_message_bytes
        self.topics: dict[str, list[Received]] = defaultdict(list)
        # By group and topic: how many messages are done with, and who reads on.
        self._committed: dict[tuple[str, str], int] = defaultdict(int)
        self._readers: dict[tuple[str, str], MemoryReader] = {}
        self._changed = threading.Condition()

    def publish(self, messages: Sequence[Message]) -> PublishResult:
        outcome = PublishResult()
        with self._changed:
            for place, message in enumerate(messages):
                if message.size > self.max_message_bytes:
                    outcome.refused[place] = too_large(message.size, self.max_message_bytes)
                else:
                    self._append(message)
                    outcome.acknowledged.append(place)
            self._changed.notify_all()
        return outcome

    def _append(self, message: Message) -> None:
        log = self.topics[message.topic]
        position = Position(message.topic, PARTITION, len(log))
        headers = {name: text.decode() for name, text in message.headers}
        log.append(Received(message.topic, message.key, headers, message.value, position, datetime.now(UTC)))

    def subscribe(self, topics: Sequence[str], group: str) -> "MemoryReader":
        return MemoryReader(self, topics, group)

    def ends(self, topic: str) -> None:
        return None

    def set_up(self, topics: Sequence[Topic]) -> list[str]:
        return []

    def describe(self) -> str:
        return "a bus in memory"

    def close(self) -> None:
        pass

    def take(self, reader: "MemoryReader", timeout: float) -> list[Received]:
        """Return what ``reader`` has not had yet, of the topics that no other member of its group holds."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                found = [received for topic in reader.topics for received in self._next(reader, topic)]
                left = deadline - time.monotonic()
                if found or left <= 0:
                    return found
                self._changed.wait(left)

    def _next(self, reader: "MemoryReader", topic: str) -> list[Received]:
        part = (reader.group, topic)
        if self._readers.setdefault(part, reader) is not reader:
            return []
        begin = reader.read.setdefault(topic, self._committed[part])
        found = self.topics[topic][begin:]
        reader.read[topic] = begin + len(found)
        return found

    def commit(self, group: str, position: Position) -> None:
        with self._changed:
            part = (group, position.topic)
            self._committed[part] = max(self._committed[part], position.offset + 1)

    def leave(self, reader: "MemoryReader") -> None:
        with self._changed:
            for topic in reader.topics:
                if self._readers.get((reader.group, topic)) is reader:
                    del self._readers[reader.group, topic]
            self._changed.notify_all()


class MemoryReader:
    """A reader. ``read`` is how many messages of each topic this member has had."""

    def __init__(self, bus: MemoryBus, topics: Sequence[str], group: str) -> None:
        self._bus = bus
        self.topics = tuple(topics)
        self.group = group
        self.read: dict[str, int] = {}

    def poll(self, timeout: float) -> list[Received]:
        return self._bus.take(self, timeout)

    def commit(self, positions: Sequence[Position]) -> None:
        for position in positions:
            self._bus.commit(self.group, position)

    def close(self) -> None:
        self._bus.leave(self)
