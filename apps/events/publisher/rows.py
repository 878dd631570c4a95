"""The publisher's queries on the outbox, one statement per batch."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import TextField
from django.db.models.functions import Cast

from apps.events import dead_letters
from apps.events.encoding import OutboxRow
from apps.events.models import DeadLetter, Event

ORIGIN = "publisher"
COLUMNS = ("id", "event_id", "type", "topic", "key", "subject", "time")


class RejectedEvent(NamedTuple):
    """A row that the bus will never accept, and the reason."""

    row: OutboxRow
    reason: str


def unpublished(limit: int, without: Collection[str] = ()) -> list[OutboxRow]:
    """Return the oldest rows that wait, by id, without those of some topics.

    Ids commit out of order, so a low one may appear after higher ones have gone out. Not within a key: its rows are
    inserted by one writer at a time, each in a transaction that began after the last one's commit (a workflow's by
    whoever starts it, then by the leading scheduler), so that what is visible of a key is an unbroken run.
    """
    waiting = Event.objects.filter(published_at=None, quarantined_at=None).exclude(topic__in=without).order_by("id")
    return [OutboxRow(*values) for values in waiting.values_list(*COLUMNS, Cast("data", TextField()))[:limit]]


def store(acknowledged: Sequence[int], refused: Collection[RejectedEvent], now: datetime) -> None:
    """Mark the rows that the bus has, by id; quarantine what it will never accept. One transaction."""
    with transaction.atomic():
        Event.objects.filter(pk__in=acknowledged).update(published_at=now)
        if refused:
            _quarantine(refused, now)


def _quarantine(refused: Collection[RejectedEvent], now: datetime) -> None:
    Event.objects.filter(pk__in=[one.row.id for one in refused]).update(quarantined_at=now)
    dead_letters.store([_letter(one, now) for one in refused], now)


def _letter(one: RejectedEvent, now: datetime) -> DeadLetter:
    row = one.row
    return DeadLetter(
        origin=ORIGIN,
        reference=str(row.event_id),
        topic=row.topic,
        key=row.key,
        payload={"type": row.type, "subject": row.subject, "data": json.loads(row.data)},
        reason=one.reason,
        created_at=now,
    )


def requeue(letter: DeadLetter) -> None:
    """Have a quarantined event published again, after what waits already."""
    Event.objects.filter(event_id=letter.reference, key=letter.key).update(quarantined_at=None)
