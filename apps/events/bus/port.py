"""The interface of a bus. ``tests/events/test_bus_contract.py`` holds every adapter to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

# Key, headers and value together. Kafka's brokers take a little more by default.
MAX_MESSAGE_BYTES = 900_000


class BusUnavailable(Exception):
    """A bus that cannot be reached or takes nothing for the moment, where nothing is wrong with the call."""


class Message(NamedTuple):
    """An outgoing message. Within a topic and key, messages arrive in the order in which they were published."""

    topic: str
    # Messages of one key stay in order.
    key: str
    # Texts in UTF-8, each name once.
    headers: Sequence[tuple[str, bytes]]
    # The payload.
    value: bytes

    @property
    def size(self) -> int:
        """Return its bytes on the wire, without framing."""
        return len(self.key.encode()) + len(self.value) + sum(len(name) + len(text) for name, text in self.headers)


def too_large(size: int, limit: int) -> str:
    """Return why a bus that takes ``limit`` bytes refuses a message of ``size``."""
    return f"it has {size} bytes, the bus takes at most {limit}"


@dataclass(slots=True)
class PublishResult:
    """The result of publishing a batch, by the messages' indexes in it.

    ``refused`` are those that the bus will never take, each with the reason. What is neither acknowledged nor refused
    may have arrived or not: ``fault`` says why nobody knows, and it has to be published again.
    """

    acknowledged: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    fault: str = ""


class Position(NamedTuple):
    """The position of a message in its topic. Within a partition offsets rise."""

    topic: str
    partition: int
    offset: int


class Received(NamedTuple):
    """An incoming message, of the product or of others."""

    topic: str
    # None if the sender gave none.
    key: str | None
    headers: Mapping[str, str]
    # The payload.
    value: bytes
    # Where it is in its topic.
    position: Position
    # When the bus took it; unless ``timed_by_bus``, it is what the sender says, and may be any.
    time: datetime
    timed_by_bus: bool = True


@dataclass(frozen=True, slots=True)
class Topic:
    """The wanted configuration of a topic, as far as the bus supports it."""

    name: str
    # How many at least: partitions are added, never removed.
    partitions: int
    # Replicas of each partition. -1: as the broker has it.
    replication: int
    # How long messages are kept.
    retention: timedelta
    # Whether the newest message of each key is kept forever.
    compacted: bool = False


class Reader(Protocol):
    """A member of a consumer group. The members share the topics; a message goes to one of them.

    At least once: what was delivered and not committed comes again, to this member's successor. Messages of one topic
    and key are with one member at a time, in order, unless it did not poll for so long that it was taken for dead.
    Every method raises :class:`BusUnavailable`; a reader that did is not usable any more but for :meth:`close`.
    """

    def poll(self, timeout: float) -> list[Received]:
        """Return the next messages, as soon as there are any; none after ``timeout`` seconds."""

    def commit(self, positions: Sequence[Position]) -> None:
        """Commit these messages, and those before them in their partitions.

        Without effect where another member reads on by now: what it gets may have been done here.
        """

    def close(self) -> None:
        """Leave the group, so that others go on at once. Raises nothing."""


class Bus(Protocol):
    """A connection to a bus, to be used from one thread."""

    def publish(self, messages: Sequence[Message]) -> PublishResult:
        """Send and wait for the answers, in bounded time. Order within a topic and key is kept, also over repeats."""

    def subscribe(self, topics: Sequence[str], group: str) -> Reader:
        """Join ``group``, which begins with the oldest message of a new topic. Raises :class:`BusUnavailable`."""

    def ends(self, topic: str) -> Mapping[int, int] | None:
        """Return the next offset of each partition; none of a topic that does not exist yet.

        None from a bus that times all messages itself. Raises :class:`BusUnavailable`.
        """

    def set_up(self, topics: Sequence[Topic]) -> list[str]:
        """Create or extend topics, shrink nothing. Returns what was done. Raises :class:`BusUnavailable`."""

    def describe(self) -> str:
        """Ask the bus for its name and version, for people. Raises :class:`BusUnavailable`."""

    def close(self) -> None:
        """Close the connections. Raises nothing."""
