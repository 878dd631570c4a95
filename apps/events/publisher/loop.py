"""The publisher as steps: each ``tick`` sends one batch of the outbox and returns what it did.

The lease saves work; the order does not hang on it. A publisher sends each topic and key as an unbroken run of rows that
begins at the first one unmarked. When two overlap, because one was frozen and comes back, each event's first arrival
still follows the first arrivals of those before it: in either run its predecessor went out earlier, or had been
acknowledged. What comes twice has its id, by which readers know it.
"""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import close_old_connections

from apps.core.processes.backoff import Backoff
from apps.core.processes.lease import LeaseHolder
from apps.core.processes.outages import DATABASE_UNAVAILABLE
from apps.events import encoding
from apps.events.bus.port import Bus, Message, PublishResult
from apps.events.encoding import OutboxRow
from apps.events.models import PublisherLease
from apps.events.publisher import rows
from apps.events.publisher.relayer import Relayer
from apps.events.publisher.rows import RejectedEvent

logger = logging.getLogger(__name__)

ROWS_PER_BATCH = 5000
LEASE_DURATION = timedelta(seconds=6)
# How long an event waits at most before it is seen, when there was nothing to do.
IDLE_SECONDS = 0.1
STANDBY_SECONDS = 0.5
# A topic that alone cannot be published to is left out for so long: its events must not hold up the others.
TOPIC_PAUSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class PublisherTick:
    """The result of a step."""

    # Whether this process holds the lease.
    leads: bool
    # How many seconds the next step may wait.
    pause: float
    # How many events the bus acknowledged.
    published: int = 0
    # How many events the bus will never accept.
    quarantined: int = 0


class Publisher:
    """A candidate for publishing. ``holder`` is unique to the process; its lease lasts ``duration``, and is renewed."""

    def __init__(
        self,
        holder: str,
        bus: Bus,
        *,
        duration: timedelta = LEASE_DURATION,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.bus = bus
        self._monotonic = monotonic
        self._lease = LeaseHolder(PublisherLease, holder, duration, monotonic)
        self._relayer = Relayer()
        self._backoff = Backoff()
        # Until when, by the monotonic clock.
        self._paused_until: dict[str, float] = {}

    def tick(self, now: datetime) -> PublisherTick:
        """Publish one batch. Outages of dependencies are handled here; unexpected errors are raised."""
        try:
            if not self._lease.acquire():
                return PublisherTick(leads=False, pause=STANDBY_SECONDS)
            self._relayer.step(now, ROWS_PER_BATCH)
            return self._publish(now)
        except DATABASE_UNAVAILABLE as error:
            logger.warning("database_unavailable", extra={"error": str(error)})
            close_old_connections()
            self._lease.invalidate()
            return PublisherTick(leads=False, pause=self._backoff.next_delay())

    def resign(self) -> None:
        """Let another process publish at once."""
        try:
            self._lease.release()
        except DATABASE_UNAVAILABLE as error:
            logger.warning("lease_release_failed", extra={"error": str(error)})

    def _publish(self, now: datetime) -> PublisherTick:
        seconds = self._monotonic()
        self._paused_until = {topic: until for topic, until in self._paused_until.items() if seconds < until}
        waiting = rows.unpublished(ROWS_PER_BATCH, without=self._paused_until)
        sendable, refused = _encoded(waiting)
        outcome = self.bus.publish([message for _, message in sendable])
        acknowledged = [sendable[place][0].id for place in outcome.acknowledged]
        refused += [RejectedEvent(sendable[place][0], reason) for place, reason in outcome.refused.items()]
        if acknowledged or refused:
            rows.store(acknowledged, refused, now)
        for one in refused:
            logger.error("event_quarantined", extra={"event_id": str(one.row.event_id), "error": one.reason})
        if outcome.fault and acknowledged:
            self._pause_topics(_unanswered(sendable, outcome), outcome.fault)
        pause = self._pause(outcome, len(waiting))
        return PublisherTick(True, pause, len(acknowledged), len(refused))

    def _pause_topics(self, topics: set[str], fault: str) -> None:
        logger.warning("topics_paused", extra={"topics": ",".join(sorted(topics)), "error": fault})
        self._paused_until |= dict.fromkeys(topics, self._monotonic() + TOPIC_PAUSE_SECONDS)

    def _pause(self, outcome: PublishResult, found: int) -> float:
        if outcome.fault and not outcome.acknowledged:
            pause = self._backoff.next_delay()
            logger.warning("bus_unavailable", extra={"retry_seconds": round(pause, 1), "error": outcome.fault})
            return pause
        self._backoff.reset()
        return 0.0 if found == ROWS_PER_BATCH else IDLE_SECONDS


def _unanswered(sendable: Sequence[tuple[OutboxRow, Message]], outcome: PublishResult) -> set[str]:
    """Return the topics of what was neither acknowledged nor refused."""
    settled = {*outcome.acknowledged, *outcome.refused}
    return {message.topic for place, (_, message) in enumerate(sendable) if place not in settled}


def _encoded(waiting: Iterable[OutboxRow]) -> tuple[list[tuple[OutboxRow, Message]], list[RejectedEvent]]:
    sendable: list[tuple[OutboxRow, Message]] = []
    refused: list[RejectedEvent] = []
    for row in waiting:
        try:
            sendable.append((row, encoding.message(row)))
        except ValueError as error:
            refused.append(RejectedEvent(row, f"it cannot be written as a message: {error}"))
    return sendable, refused
