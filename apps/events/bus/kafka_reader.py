"""A member of a consumer group on Kafka."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    KafkaError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)
from kafka.structs import MemberState, OffsetAndMetadata

from apps.events.bus.kafka_clients import as_bus_unavailable, connected_client
from apps.events.bus.port import Position, Received

# kafka-python may stay unassigned forever when it is polled for less.
MIN_POLL_SECONDS = 0.5
SESSION_SECONDS = 6.0
HEARTBEATS_PER_SESSION = 6
COMMIT_TIMEOUT_MS = 5_000
# A record's time is the broker's then; by default it is the producer's.
LOG_APPEND_TIME = 1
INITIAL_JOIN_SECONDS, MAX_JOIN_SECONDS = 1.0, 30.0
# The group has been divided anew: others may read these partitions by now.
REBALANCED = (CommitFailedError, IllegalGenerationError, RebalanceInProgressError, UnknownMemberIdError)


class KafkaReader:
    """A reader. ``connection`` and ``session`` as for :class:`~apps.events.bus.kafka.KafkaBus`."""

    def __init__(
        self, connection: Mapping[str, Any], topics: Sequence[str], group: str, *, session: float = SESSION_SECONDS
    ) -> None:
        self._topics = list(topics)
        self._consumer = connected_client(
            KafkaConsumer,
            **connection,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=int(session * 1000),
            heartbeat_interval_ms=int(session * 1000 / HEARTBEATS_PER_SESSION),
            # Topics that are made later are found so soon.
            metadata_max_age_ms=10_000,
            metrics_enabled=False,
        )
        try:
            self._subscribe()
        except Exception:
            # Nobody else has it yet, and its thread would stay.
            self.close()
            raise
        self._patience = INITIAL_JOIN_SECONDS
        self._idle_since = time.monotonic()

    def _subscribe(self) -> None:
        self._consumer.subscribe(self._topics)
        for topic in self._topics:
            # Without it, the first join may be quicker than the client knows of the topics: nothing is assigned then.
            self._consumer.partitions_for_topic(topic)

    def poll(self, timeout: float) -> list[Received]:
        with as_bus_unavailable():
            self._watch()
            found = self._consumer.poll(timeout_ms=int(max(timeout, MIN_POLL_SECONDS) * 1000))
        return [_received(record) for records in found.values() for record in records]

    def commit(self, positions: Sequence[Position]) -> None:
        offsets: dict[TopicPartition, OffsetAndMetadata] = {}
        for topic, partition, offset in sorted(positions):
            offsets[TopicPartition(topic, partition)] = OffsetAndMetadata(offset + 1, "", -1)
        if not offsets:
            return
        with as_bus_unavailable(), suppress(*REBALANCED):
            self._consumer.commit(offsets, timeout_ms=COMMIT_TIMEOUT_MS)

    def close(self) -> None:
        with suppress(KafkaError):
            self._consumer.close(autocommit=False, timeout_ms=COMMIT_TIMEOUT_MS)

    def _watch(self) -> None:
        """Join again when this member has joined and got no partition: the client can miss its part without an error.

        Later and later, for there may be nothing to get: more members than partitions.
        """
        now = time.monotonic()
        if self._consumer.assignment():
            self._idle_since, self._patience = now, INITIAL_JOIN_SECONDS
        elif self._consumer.group_metadata().state != MemberState.STABLE:
            self._idle_since = now
        elif now - self._idle_since > self._patience:
            self._idle_since, self._patience = now, min(self._patience * 2, MAX_JOIN_SECONDS)
            self._consumer.unsubscribe()
            self._consumer.subscribe(self._topics)


def _received(record: Any) -> Received:
    return Received(
        record.topic,
        None if record.key is None else record.key.decode(errors="replace"),
        {name: (text or b"").decode(errors="replace") for name, text in record.headers},
        record.value or b"",
        Position(record.topic, record.partition, record.offset),
        datetime.fromtimestamp(record.timestamp / 1000, UTC),
        record.timestamp_type == LOG_APPEND_TIME,
    )
