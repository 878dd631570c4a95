"""Probes of the bus and of the publishing lag."""

from collections.abc import Iterator

from django.db import DatabaseError
from django.db.models.functions import Now
from django.utils import timezone

from apps.core.doctor import Finding, Probe
from apps.events import lag
from apps.events.bus.factory import bus
from apps.events.bus.port import BusUnavailable
from apps.events.models import DeadLetter, PublisherLease

# An event is out within a fraction of a second; what waits for longer waits for something.
LATE_SECONDS = 30


def the_bus() -> Iterator[Finding]:
    chosen = bus()
    try:
        yield Finding("bus", f"{chosen.describe()} answers")
    except BusUnavailable as error:
        remedy = "start it, or fix KAFKA_… (REDIS_URL where the bus is Redis Streams); workflows go on, events wait"
        yield Finding("bus", f"cannot be used: {error}", remedy)
    finally:
        chosen.close()


def publishing() -> Iterator[Finding]:
    try:
        holder = PublisherLease.objects.filter(expires_at__gt=Now()).values_list("holder", flat=True).first()
        waiting, letters = lag.measure(timezone.now()), DeadLetter.objects.filter(replayed_at=None).count()
    except DatabaseError:
        # The database's own probe reports why.
        return
    if holder is None:
        yield Finding("publisher", "none publishes", "start 'manage.py publish_events' (run_stack does)")
    else:
        yield Finding("publisher", f"{holder} publishes")
    remedy = (
        "look at the log of publish_events, and whether the bus has its topics" if waiting.age > LATE_SECONDS else ""
    )
    yield Finding("publisher", str(waiting), remedy)
    if letters:
        yield Finding("publisher", f"{letters} dead letters", "look at them in the admin, under 'dead letters'")


PROBES: list[Probe] = [the_bus, publishing]
