"""How far a consumer is, kept in SQL for people to see: a few rows every few seconds, and none while nothing comes."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from apps.events.bus.port import Received
from apps.workflows.models import TriggerTopic

TOLD_EVERY = timedelta(seconds=5)


class Progress:
    """What one consumer has done, and could not read, since it told last."""

    def __init__(self) -> None:
        self._tell_at: datetime | None = None
        self._done: dict[str, TriggerTopic] = {}
        self._told_faults: dict[str, str] = {}

    def did(self, message: Received, now: datetime) -> None:
        """This one is done."""
        waited = max(now - message.time, timedelta(0))
        self._done[message.topic] = TriggerTopic(
            topic=message.topic, reported_at=now, message_at=message.time, waited=waited
        )

    def tell(self, faults: Mapping[str, str], now: datetime) -> None:
        """Write it down, now and then. ``faults``: by topic, why it cannot be read."""
        if self._tell_at is not None and now < self._tell_at:
            return
        self._tell_at = now + TOLD_EVERY
        _write(self._done.values(), "reported_at", "message_at", "waited")
        self._done = {}
        changed = {**dict.fromkeys(self._told_faults, ""), **faults}
        if changed != self._told_faults:
            _write(
                [TriggerTopic(topic=topic, reported_at=now, fault=fault) for topic, fault in changed.items()], "fault"
            )
            self._told_faults = dict(faults)


def _write(rows: Iterable[TriggerTopic], *fields: str) -> None:
    TriggerTopic.objects.bulk_create(rows, update_conflicts=True, unique_fields=["topic"], update_fields=fields)
