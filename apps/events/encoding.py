"""A row of the outbox as a CloudEvent 1.0 in Kafka's binary mode: attributes in ``ce_`` headers, data as the value."""

import json
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from apps.core.times import rfc3339
from apps.events.bus.port import Message
from apps.events.outbox import SOURCE

JSON = "application/json"


class Row(NamedTuple):
    """What is read of an event to publish it."""

    id: int
    event_id: UUID
    type: str
    topic: str
    key: str
    subject: str
    time: datetime
    data: Any


def message(row: Row) -> Message:
    """Raises ValueError or TypeError for a row that no message can be made of."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": str(row.event_id),
        "ce_source": SOURCE,
        "ce_type": row.type,
        "ce_subject": row.subject,
        "ce_time": rfc3339(row.time),
        "content-type": JSON,
    }
    return Message(row.topic, row.key, headers, json.dumps(row.data, separators=(",", ":")).encode())
