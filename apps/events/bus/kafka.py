"""Kafka as the bus: acknowledged by all replicas in sync, sent once by an idempotent producer, CloudEvents as they are.

One batch a partition is under way at a time, made of what one call publishes. So when a broker refuses a batch or does
not answer, nothing of the same partition has gone out behind it: what is sent again is still in order.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient
from kafka.errors import (
    InvalidRecordError,
    InvalidTopicError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    UnknownError,
)

from apps.events.bus import kafka_topics
from apps.events.bus.kafka_clients import away, connected
from apps.events.bus.kafka_reader import SESSION_SECONDS, KafkaReader
from apps.events.bus.port import MAX_MESSAGE_BYTES, Message, Outcome, Topic, too_large

# What a broker says of one message, and will say again.
REFUSALS = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidRecordError, InvalidTopicError)
# How long topics may be unknown, and answers under way, until the bus is taken to be away.
METADATA_MS = 2_000
REQUEST_MS = 4_000
LINGER_MS = 1_000
DELIVERY_MS = REQUEST_MS + LINGER_MS + 1_000
# By then every batch has been delivered, refused or given up.
SETTLED_SECONDS = DELIVERY_MS / 1000 + 1
# What Kafka adds to a message within its batch, at most.
FRAME_BYTES = 100
# Brokers take batches up to 1,048,588 bytes by default.
BATCH_BYTES = 1_000_000


class KafkaBus:
    """``connection`` are kafka-python's settings of where the brokers are and how to speak to them.

    ``session`` is how many seconds a reader may be silent before the group goes on without it.
    """

    def __init__(
        self,
        connection: Mapping[str, Any],
        *,
        session: float = SESSION_SECONDS,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
    ) -> None:
        self.session = session
        self.max_message_bytes = max_message_bytes
        self._connection = dict(connection)
        self._producer: KafkaProducer | None = None

    def publish(self, messages: Sequence[Message]) -> Outcome:
        sending = _Sending(messages, self.max_message_bytes)
        try:
            for part in sending.parts():
                self._deliver(sending, part)
                if sending.is_stuck:
                    break
        except KafkaError as error:
            sending.outcome.fault = str(error)
        if sending.outcome.fault:
            # What it still holds must not go out later, behind our back.
            self.close()
        return sending.outcome

    def _deliver(self, sending: "_Sending", part: Sequence[int]) -> None:
        """Send a part. What was refused in company is sent alone: the producer gives up its company with it."""
        refused = sending.send(self._connected(), part)
        if not refused:
            return
        # A producer that was refused something takes no more.
        self.close()
        if len(part) == 1:
            sending.outcome.refused |= refused
            return
        for place in refused:
            if not sending.is_stuck:
                self._deliver(sending, [place])

    def _connected(self) -> KafkaProducer:
        if self._producer is None:
            self._producer = connected(
                KafkaProducer,
                **self._connection,
                acks="all",
                enable_idempotence=True,
                batch_size=BATCH_BYTES,
                max_request_size=BATCH_BYTES + FRAME_BYTES,
                linger_ms=LINGER_MS,
                request_timeout_ms=REQUEST_MS,
                delivery_timeout_ms=DELIVERY_MS,
                max_block_ms=METADATA_MS,
                metrics_enabled=False,
            )
        return self._producer

    def subscribe(self, topics: Sequence[str], group: str) -> KafkaReader:
        with away():
            return KafkaReader(self._connection, topics, group, session=self.session)

    def set_up(self, topics: Sequence[Topic]) -> list[str]:
        with away(), self._admin() as admin:
            return kafka_topics.set_up(admin, topics)

    def describe(self) -> str:
        with away(), self._admin() as admin:
            cluster = admin.describe_cluster()
        return f"Kafka with {len(cluster['brokers'])} brokers"

    def _admin(self) -> KafkaAdminClient:
        return connected(KafkaAdminClient, **self._connection, request_timeout_ms=REQUEST_MS)

    def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError):
                producer.close(timeout=1)


class _Sending:
    """One call's messages on their way."""

    def __init__(self, messages: Sequence[Message], max_message_bytes: int) -> None:
        self.outcome = Outcome()
        self._messages = messages
        self._sizes = [message.size for message in messages]
        # Nobody knows what became of something: what follows it must wait.
        self.is_stuck = False
        self._absent: set[str] = set()
        for place, size in enumerate(self._sizes):
            if size > max_message_bytes:
                self.outcome.refused[place] = too_large(size, max_message_bytes)

    def parts(self) -> Iterator[list[int]]:
        """The places of as much at a time as fits into one batch, even if it all goes to one partition."""
        part: list[int] = []
        filled = 0
        for place, size in enumerate(self._sizes):
            if place in self.outcome.refused:
                continue
            if part and filled + size + FRAME_BYTES > BATCH_BYTES:
                yield part
                part, filled = [], 0
            part.append(place)
            filled += size + FRAME_BYTES
        if part:
            yield part

    def send(self, producer: KafkaProducer, part: Sequence[int]) -> dict[int, str]:
        """Send and wait for the answers. What the broker refused, with its reasons; KafkaError if nobody answers."""
        futures = [(place, self._hand_over(producer, place)) for place in part]
        with suppress(UnknownError):
            # Raised for a batch that the broker found too large: it is split, and its parts are under way.
            producer.flush(timeout=SETTLED_SECONDS)
        refused = {}
        for place, future in futures:
            if future is not None and (reason := self._settle(place, future)):
                refused[place] = reason
        return refused

    def _hand_over(self, producer: KafkaProducer, place: int) -> Any:
        """The answer to come; None for what cannot be sent."""
        topic, key, headers, value = self._messages[place]
        if topic in self._absent:
            return None
        try:
            return producer.send(topic, key=key.encode(), value=value, headers=list(headers))
        except KafkaTimeoutError:
            self._absent.add(topic)
            self.outcome.fault = f"there is no topic {topic}; 'manage.py setup_topics' makes those of ours"
        except (TypeError, ValueError) as error:
            # No topic can have this name.
            self.outcome.refused[place] = str(error)
        return None

    def _settle(self, place: int, future: Any) -> str:
        """Write down what became of a message; why it was refused, if it was."""
        if not future.is_done:
            with suppress(KafkaError):
                future.get(timeout=SETTLED_SECONDS)
        if future.succeeded():
            self.outcome.acknowledged.append(place)
        elif isinstance(future.exception, REFUSALS):
            return str(future.exception)
        else:
            self.is_stuck = True
            self.outcome.fault = str(future.exception or "no answer came in time")
        return ""
