"""The delivery of one call's messages to Kafka.

They go in parts, and a part has at most one batch for each partition. So when a broker refuses a batch or does not
answer, nothing of the same partition has gone out behind it: what is sent again is still in order.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

from kafka import KafkaProducer
from kafka.errors import (
    InvalidRecordError,
    InvalidTopicError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    UnknownError,
)
from kafka.partitioner import murmur2

from apps.events.bus.port import Message, PublishResult, too_large

# What a broker says of one message, and will say again.
REFUSALS = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidRecordError, InvalidTopicError)
# What Kafka adds to a message within its batch, at most.
FRAME_BYTES = 100
# Brokers take batches up to 1,048,588 bytes by default.
MAX_BATCH_BYTES = 1_000_000
POSITIVE = 0x7FFFFFFF

Part = list[tuple[int, int]]


class Delivery:
    """The delivery. Within ``answer_seconds`` the producer has delivered everything, or given it up."""

    def __init__(self, messages: Sequence[Message], *, max_message_bytes: int, answer_seconds: float) -> None:
        self.outcome = PublishResult()
        # Nobody knows what became of something: what follows it must wait.
        self.is_stuck = False
        self._messages = messages
        self._answer_seconds = answer_seconds
        self._sizes = [message.size for message in messages]
        # By topic; empty for those that cannot be sent to.
        self._partitions: dict[str, list[int]] = {}
        for place, size in enumerate(self._sizes):
            if size > max_message_bytes:
                self.outcome.refused[place] = too_large(size, max_message_bytes)

    def parts(self, connected: Callable[[], KafkaProducer]) -> Iterator[Part]:
        """Yield indexes of messages with their partitions, as much at a time as fits into one batch per partition.

        ``connected`` gives the producer of the moment: a part that is refused ends it.
        """
        part: Part = []
        filled: dict[tuple[str, int], int] = defaultdict(int)
        for place, message in enumerate(self._messages):
            partition = None if place in self.outcome.refused else self._partition(connected, place, message)
            if partition is None:
                continue
            size, batch = self._sizes[place] + FRAME_BYTES, (message.topic, partition)
            if filled[batch] and filled[batch] + size > MAX_BATCH_BYTES:
                yield part
                part, filled = [], defaultdict(int)
            part.append((place, partition))
            filled[batch] += size
        if part:
            yield part

    def send(self, producer: KafkaProducer, part: Part) -> dict[int, str]:
        """Send, and wait for the answers. Returns what was refused and why. Raises KafkaError without answers."""
        futures = []
        for place, partition in part:
            topic, key, headers, value = self._messages[place]
            futures.append(producer.send(topic, value, key.encode(), list(headers), partition))
        with suppress(UnknownError):
            # Raised for a batch that the broker found too large: it is split, and its parts are under way.
            producer.flush(timeout=self._answer_seconds)
        refused = {}
        for (place, _), future in zip(part, futures, strict=True):
            if reason := self._settle(place, future):
                refused[place] = reason
        return refused

    def _partition(self, connected: Callable[[], KafkaProducer], place: int, message: Message) -> int | None:
        """Return the message's partition, as Kafka's own clients choose it; None if it cannot be sent."""
        topic = message.topic
        if topic not in self._partitions:
            try:
                self._partitions[topic] = sorted(connected().partitions_for(topic))
            except KafkaTimeoutError:
                self._partitions[topic] = []
                self.outcome.fault = f"there is no topic {topic}; 'manage.py setup_topics' makes those of ours"
            except (TypeError, ValueError) as error:
                # No topic can have this name.
                self.outcome.refused[place] = str(error)
                return None
        found = self._partitions[topic]
        return found[_hash(message.key) % len(found)] if found else None

    def _settle(self, place: int, future: Any) -> str:
        """Record what became of a message. Returns why it was refused, if it was."""
        if not future.is_done:
            with suppress(KafkaError):
                future.get(timeout=self._answer_seconds)
        if future.succeeded():
            self.outcome.acknowledged.append(place)
        elif isinstance(future.exception, REFUSALS):
            return str(future.exception)
        else:
            self.is_stuck = True
            self.outcome.fault = str(future.exception or "no answer came in time")
        return ""


# A workflow has many events in a row, and the hash is made in Python.
@lru_cache(maxsize=10_000)
def _hash(key: str) -> int:
    return int(murmur2(key.encode())) & POSITIVE
