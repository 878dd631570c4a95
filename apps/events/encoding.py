"""Encoding of outbox rows as CloudEvents 1.0 in Kafka's binary mode: ``ce_`` headers, data as the value."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from apps.core.times import rfc3339
from apps.events.bus.port import Message
from apps.events.outbox import SOURCE

_SPECVERSION = ("ce_specversion", b"1.0")
_SOURCE = ("ce_source", SOURCE.encode())
_JSON = ("content-type", b"application/json")


class OutboxRow(NamedTuple):
    """The fields of an event that are needed to publish it."""

    # The primary key, by which rows are published in order.
    id: int
    # The event's own id, by which readers recognize duplicates.
    event_id: UUID
    # With the prefix ``baseshift.``.
    type: str
    topic: str
    # Events of one key stay in order.
    key: str
    # What the event is about.
    subject: str
    # When it happened.
    time: datetime
    # JSON as the database has it: to read it and write it again would cost more than all the rest.
    data: str


def message(row: OutboxRow) -> Message:
    """Return the message of a row. Raises ValueError for a row that none can be made of."""
    headers = (
        _SPECVERSION,
        ("ce_id", str(row.event_id).encode()),
        _SOURCE,
        ("ce_type", row.type.encode()),
        ("ce_subject", row.subject.encode()),
        ("ce_time", rfc3339(row.time).encode()),
        _JSON,
    )
    return Message(row.topic, row.key, headers, row.data.encode())
