"""Events as rows of the outbox, stored in the transaction of their change, and rendered as CloudEvents."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.core.ids import uuid7
from apps.core.times import rfc3339
from apps.events.envelope import Envelope
from apps.events.models import Event

SOURCE = "/baseshift"
SHOWN = ("event_id", "type", "subject", "time", "data")


def row(envelope: Envelope, time: datetime, event_id: UUID | None = None) -> Event:
    """Return an unsaved row of the outbox. Without ``event_id`` it gets a new one."""
    return Event(**envelope._asdict(), time=time, event_id=event_id or uuid7())


def cloudevent(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row, given as ``values(*SHOWN)``, in CloudEvents 1.0 JSON."""
    return {
        "specversion": "1.0",
        "id": str(row["event_id"]),
        "source": SOURCE,
        "type": row["type"],
        "subject": row["subject"],
        "time": rfc3339(row["time"]),
        "datacontenttype": "application/json",
        "data": row["data"],
    }
