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
)

from apps.events.bus import kafka_topics
from apps.events.bus.kafka_errors import away
from apps.events.bus.kafka_reader import SESSION_SECONDS, KafkaReader
from apps.events.bus.port import MAX_MESSAGE_BYTES, Message, Outcome, Topic, too_large

# What a broker says of one message, and will say again.
REFUSALS = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidRecordError, InvalidTopicError)
BOOTSTRAP_MS = 3_000
# How long topics may be unknown, and answers under way, until the bus is taken to be away.
METADATA_MS = 2_000
REQUEST_MS = 4_000
LINGER_MS = 1_000
DELIVERY_MS = REQUEST_MS + LINGER_MS + 1_000
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
        outcome = Outcome()
        places = []
        for place, message in enumerate(messages):
            if reason := too_large(message, self.max_message_bytes):
                outcome.refused[place] = reason
            else:
                places.append(place)
        try:
            for part in _parts(messages, places):
                self._send(messages, part, outcome)
        except KafkaError as error:
            outcome.fault = str(error)
        if outcome.fault:
            # What it still holds must not go out later, behind our back.
            self.close()
        return outcome

    def _send(self, messages: Sequence[Message], places: Sequence[int], outcome: Outcome) -> None:
        """Send one part and wait for its answers. Raises KafkaError if nobody answers."""
        producer = self._connected()
        futures: dict[int, Any] = {}
        absent: set[str] = set()
        for place in places:
            message = messages[place]
            if message.topic in absent:
                continue
            try:
                futures[place] = producer.send(
                    message.topic, key=message.key.encode(), value=message.value, headers=list(message.headers)
                )
            except KafkaTimeoutError:
                absent.add(message.topic)
                outcome.fault = f"there is no topic {message.topic}: 'manage.py setup_topics' makes those of ours"
            except (TypeError, ValueError) as error:
                # The name of the topic is none.
                outcome.refused[place] = str(error)
        producer.flush(timeout=DELIVERY_MS / 1000)
        for place, future in futures.items():
            _settle(place, future, outcome)

    def _connected(self) -> KafkaProducer:
        if self._producer is None:
            self._producer = KafkaProducer(
                **self._connection,
                acks="all",
                enable_idempotence=True,
                allow_auto_create_topics=False,
                batch_size=BATCH_BYTES,
                max_request_size=BATCH_BYTES + FRAME_BYTES,
                linger_ms=LINGER_MS,
                request_timeout_ms=REQUEST_MS,
                delivery_timeout_ms=DELIVERY_MS,
                max_block_ms=METADATA_MS,
                bootstrap_timeout_ms=BOOTSTRAP_MS,
                reconnect_backoff_max_ms=1_000,
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
        return KafkaAdminClient(**self._connection, bootstrap_timeout_ms=BOOTSTRAP_MS, request_timeout_ms=REQUEST_MS)

    def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError):
                producer.close(timeout=1)


def _parts(messages: Sequence[Message], places: Sequence[int]) -> Iterator[list[int]]:
    """As much at a time as fits into one batch, even if it all goes to one partition."""
    part: list[int] = []
    filled = 0
    for place in places:
        size = messages[place].size + FRAME_BYTES
        if part and filled + size > BATCH_BYTES:
            yield part
            part, filled = [], 0
        part.append(place)
        filled += size
    if part:
        yield part


def _settle(place: int, future: Any, outcome: Outcome) -> None:
    if future.succeeded():
        outcome.acknowledged.append(place)
    elif isinstance(future.exception, REFUSALS):
        outcome.refused[place] = str(future.exception)
    else:
        outcome.fault = str(future.exception)
