"""Kafka as the bus: acknowledged by all replicas in sync, an idempotent producer, CloudEvents in binary mode."""

from collections.abc import Mapping, Sequence
from typing import Any

from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from apps.events.bus import kafka_topics
from apps.events.bus.kafka_clients import as_bus_unavailable, close_client, connected_client
from apps.events.bus.kafka_delivery import FRAME_BYTES, MAX_BATCH_BYTES, Delivery, Part
from apps.events.bus.kafka_reader import SESSION_SECONDS, KafkaReader
from apps.events.bus.port import MAX_MESSAGE_BYTES, Message, PublishResult, Topic

# How long topics may be unknown, and answers under way, until the bus is taken to be away.
METADATA_MS = 2_000
REQUEST_MS = 4_000
LINGER_MS = 1_000
DELIVERY_MS = REQUEST_MS + LINGER_MS + 1_000
# By then every batch has been delivered, refused or given up.
ANSWER_SECONDS = DELIVERY_MS / 1000 + 1


class KafkaBus:
    """The adapter for Kafka. ``connection`` are kafka-python's settings of the brokers and how to speak to them.

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

    def publish(self, messages: Sequence[Message]) -> PublishResult:
        delivery = Delivery(messages, max_message_bytes=self.max_message_bytes, answer_seconds=ANSWER_SECONDS)
        try:
            for part in delivery.parts(self._connected):
                self._deliver(delivery, part)
                if delivery.is_stuck:
                    break
        except KafkaError as error:
            delivery.outcome.fault = str(error)
        if delivery.outcome.fault:
            # What it still holds must not go out later, behind our back.
            self.close()
        return delivery.outcome

    def _deliver(self, delivery: Delivery, part: Part) -> None:
        """Send a batch. What was refused in a batch is sent alone: the producer gives up the whole batch with it."""
        refused = delivery.send(self._connected(), part)
        if not refused:
            return
        # A producer that was refused something takes no more.
        self.close()
        if len(part) == 1:
            delivery.outcome.refused |= refused
            return
        for place, partition in part:
            if place in refused and not delivery.is_stuck:
                self._deliver(delivery, [(place, partition)])

    def _connected(self) -> KafkaProducer:
        if self._producer is None:
            self._producer = connected_client(
                KafkaProducer,
                **self._connection,
                acks="all",
                enable_idempotence=True,
                batch_size=MAX_BATCH_BYTES,
                max_request_size=MAX_BATCH_BYTES + FRAME_BYTES,
                linger_ms=LINGER_MS,
                request_timeout_ms=REQUEST_MS,
                delivery_timeout_ms=DELIVERY_MS,
                max_block_ms=METADATA_MS,
                metrics_enabled=False,
            )
        return self._producer

    def subscribe(self, topics: Sequence[str], group: str) -> KafkaReader:
        with as_bus_unavailable():
            return KafkaReader(self._connection, topics, group, session=self.session)

    def ends(self, topic: str) -> dict[int, int]:
        with as_bus_unavailable(), self._admin() as admin:
            return kafka_topics.ends(admin, topic)

    def set_up(self, topics: Sequence[Topic]) -> list[str]:
        with as_bus_unavailable(), self._admin() as admin:
            return kafka_topics.set_up(admin, topics)

    def describe(self) -> str:
        with as_bus_unavailable(), self._admin() as admin:
            cluster = admin.describe_cluster()
        count = len(cluster["brokers"])
        return f"Kafka with {count} broker{'' if count == 1 else 's'}"

    def _admin(self) -> KafkaAdminClient:
        return connected_client(KafkaAdminClient, **self._connection, request_timeout_ms=REQUEST_MS)

    def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            close_client(producer)
