"""From the bus to workflows, as steps: each ``tick`` reads some messages and starts what they trigger.

1. Read messages. 2. Start the workflows of each, each in one SQL transaction with the note that it was started; what
fails is kept in SQL as well. 3. Only then commit the offsets. Whoever is killed in between leaves messages that come
again, and find the notes.
"""

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import close_old_connections
from django.utils import timezone

from apps.core.processes.backoff import Backoff
from apps.core.processes.outages import is_outage
from apps.events.bus.port import Bus, BusUnavailable, Position, Received
from apps.workflows.models import Trigger
from apps.workflows.triggers import dispatch, failures, messages, start_offsets
from apps.workflows.triggers.dispatch import DispatchFailed
from apps.workflows.triggers.messages import IncomingMessage
from apps.workflows.triggers.progress import ConsumerProgress
from apps.workflows.triggers.subscription import GROUP, Subscription

logger = logging.getLogger(__name__)

# Also how long a new or changed trigger waits at most.
POLL_SECONDS = 1.0
COMMIT_SECONDS = 1.0
RETRIES_PER_TICK = 50


@dataclass(slots=True)
class ConsumerTick:
    """The result of one step of a consumer."""

    # Messages that were read.
    read: int = 0
    # Workflows that were started.
    started: int = 0
    # Messages at which a trigger failed.
    failed: int = 0
    # Seconds that the next step may wait.
    pause: float = 0.0


class Consumer:
    """One member of the group of all consumers. ``stop`` ends a step early; what it has not done comes again."""

    def __init__(self, bus: Bus, stop: threading.Event, group: str = GROUP) -> None:
        self._bus = bus
        self._subscription = Subscription(bus, group)
        self._progress = ConsumerProgress()
        self._stop = stop
        self._backoff = Backoff()

    def tick(self, now: datetime) -> ConsumerTick:
        """Faults of the parts are met here; those of our own come out."""
        result = ConsumerTick()
        try:
            self._retry(now, result)
            self._consume(now, result)
            self._backoff.reset()
        except BusUnavailable as error:
            self._step_back("bus", error, result)
        except Exception as error:
            if not is_outage(error):
                raise
            close_old_connections()
            self._step_back("database", error, result)
        return result

    def close(self) -> None:
        """Leave the group, so that others go on at once."""
        self._subscription.drop()

    def _step_back(self, part: str, error: Exception, result: ConsumerTick) -> None:
        self._subscription.drop()
        result.pause = self._backoff.next_delay()
        extra = {"part": part, "retry_seconds": round(result.pause, 1), "error": str(error)}
        logger.warning("consumer_paused", extra=extra)

    # -- messages -------------------------------------------------------------------------------

    def _consume(self, now: datetime, result: ConsumerTick) -> None:
        looking = list(Trigger.objects.enabled().only("topic", "since", "start_offsets"))
        topics = frozenset(trigger.topic for trigger in looking)
        if not topics:
            self._subscription.drop()
            result.pause = POLL_SECONDS
            return
        start_offsets.fill_missing(self._bus, [one for one in looking if one.topic not in self._subscription.faults])
        received = self._subscription.poll(topics, now, POLL_SECONDS)
        if received:
            self._work(received, _enabled(), now, result)
        self._progress.report(self._subscription.faults, now)

    def _work(
        self, received: Sequence[Received], triggers: dict[str, list[Trigger]], now: datetime, result: ConsumerTick
    ) -> None:
        done: dict[tuple[str, int], Position] = {}
        committed = time.monotonic()
        for message in received:
            if self._stop.is_set():
                break
            self._take(message, triggers.get(message.topic, []), now, result)
            self._progress.did(message, timezone.now())
            done[message.topic, message.position.partition] = message.position
            if time.monotonic() - committed > COMMIT_SECONDS:
                self._subscription.commit(list(done.values()))
                committed = time.monotonic()
        self._subscription.commit(list(done.values()))

    def _take(self, message: Received, triggers: Sequence[Trigger], now: datetime, result: ConsumerTick) -> None:
        result.read += 1
        wanted = [trigger for trigger in triggers if start_offsets.is_after_start(trigger, message)]
        if not wanted:
            return
        incoming = messages.read(message)
        for trigger in wanted:
            try:
                if dispatch.dispatch(trigger, incoming):
                    result.started += 1
            except DispatchFailed as failed:
                failures.record(trigger, incoming, failed, now)
                result.failed += 1

    # -- what failed before ---------------------------------------------------------------------

    def _retry(self, now: datetime, result: ConsumerTick) -> None:
        for failure in failures.due_failures(now, RETRIES_PER_TICK):
            if self._stop.is_set() or not failures.claim(failure, now):
                continue
            trigger, incoming = failure.trigger, IncomingMessage(failure.event, failure.digest)
            try:
                if dispatch.retry(trigger, incoming):
                    result.started += 1
            except DispatchFailed as failed:
                failures.record_again(failure, failed, now)
                result.failed += 1


def _enabled() -> dict[str, list[Trigger]]:
    """Return the enabled triggers by topic."""
    found: dict[str, list[Trigger]] = {}
    for trigger in Trigger.objects.enabled().select_related("owner"):
        found.setdefault(trigger.topic, []).append(trigger)
    return found
