"""Rows for the outbox."""

from typing import Any

from django.utils import timezone

from apps.events import topics
from apps.events.models import Event


def event(number: int = 0, key: str = "w1", **fields: Any) -> Event:
    """Not saved; its data have the ``number``."""
    given = {"type": "baseshift.job.queued", "topic": topics.JOBS, "subject": key, "data": {"n": number}, **fields}
    return Event(key=key, time=timezone.now(), **given)
