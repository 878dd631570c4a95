"""The progress of a consumer, kept in SQL for people to see: a few rows every few seconds, and none while nothing comes."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from apps.events.bus.port import Received
from apps.workflows.models import TriggerTopic

REPORT_INTERVAL = timedelta(seconds=5)


class ConsumerProgress:
    """The messages that one consumer has done, and the topics it could not read, since its last report."""

    def __init__(self) -> None:
        self._report_at: datetime | None = None
        self._done: dict[str, TriggerTopic] = {}
        self._reported_faults: dict[str, str] = {}

    def did(self, message: Received, now: datetime) -> None:
        """Note that the message is done."""
        waited = max(now - message.time, timedelta(0))
        self._done[message.topic] = TriggerTopic(
            topic=message.topic, reported_at=now, message_at=message.time, waited=waited
        )

    def report(self, faults: Mapping[str, str], now: datetime) -> None:
        """Write it down, once every REPORT_INTERVAL. ``faults``: by topic, why it cannot be read."""
        if self._report_at is not None and now < self._report_at:
            return
        self._report_at = now + REPORT_INTERVAL
        _write(self._done.values(), "reported_at", "message_at", "waited")
        self._done = {}
        changed = {**dict.fromkeys(self._reported_faults, ""), **faults}
        if changed != self._reported_faults:
            _write(
                [TriggerTopic(topic=topic, reported_at=now, fault=fault) for topic, fault in changed.items()], "fault"
            )
            self._reported_faults = dict(faults)


def _write(rows: Iterable[TriggerTopic], *fields: str) -> None:
    TriggerTopic.objects.bulk_create(rows, update_conflicts=True, unique_fields=["topic"], update_fields=fields)
