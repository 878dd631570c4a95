"""The offsets at which a trigger begins in its topic: what stands before was there before it.

A message's time says that only where it is the bus's own. On Kafka it is mostly the sender's, and old for what comes
late: copies of a database, mirrored topics, slow clocks. So the bus is asked for the place when the trigger is made.
"""

import logging
from collections.abc import Iterable
from datetime import timedelta

from apps.events.bus.factory import bus as chosen_bus
from apps.events.bus.port import Bus, BusUnavailable, Received
from apps.workflows.models import Trigger

logger = logging.getLogger(__name__)

# The clocks of the bus and of who makes triggers may differ by so much.
CLOCK_TOLERANCE = timedelta(seconds=1)

# Offsets by partition; JSON has texts for keys.
Offsets = dict[str, int]


def current_offsets(topic: str) -> Offsets | None:
    """Return where the topic ends now; None if the times of its messages suffice, or the bus is away."""
    bus = chosen_bus()
    try:
        return _ends(bus, topic)
    except BusUnavailable as error:
        logger.warning("start_offsets_postponed", extra={"topic": topic, "error": str(error)})
        return None
    finally:
        bus.close()


def fill_missing(bus: Bus, triggers: Iterable[Trigger]) -> None:
    """Ask for those of which it is not known yet, and store it. Raises BusUnavailable if it is the bus that is away."""
    for trigger in triggers:
        if trigger.start_offsets is not None:
            continue
        try:
            offsets = _ends(bus, trigger.topic)
        except BusUnavailable as error:
            bus.describe()
            logger.warning("start_offsets_postponed", extra={"topic": trigger.topic, "error": str(error)})
            continue
        if offsets is not None:
            # Unless it began anew meanwhile, or another consumer was quicker.
            same = Trigger.objects.filter(pk=trigger.pk, since=trigger.since, start_offsets__isnull=True)
            same.update(start_offsets=offsets)


def is_after_start(trigger: Trigger, message: Received) -> bool:
    """Return whether the bus took the message after the trigger began to look: by its time, else by its place."""
    if message.time >= trigger.since - CLOCK_TOLERANCE:
        return True
    if message.timed_by_bus or trigger.start_offsets is None:
        return False
    begin: int = trigger.start_offsets.get(str(message.position.partition), 0)
    return message.position.offset >= begin


def _ends(bus: Bus, topic: str) -> Offsets | None:
    ends = bus.ends(topic)
    return None if ends is None else {str(partition): offset for partition, offset in ends.items()}
