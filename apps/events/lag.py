"""The publishing lag: how far the bus is behind the outbox."""

from dataclasses import dataclass
from datetime import datetime

from apps.events.models import Event

# Counting on would read ever more rows of a backlog that nobody counts on a finger.
MAX_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Lag:
    """The number of events that wait, and the age of the oldest in seconds."""

    waiting: int
    age: float

    def __str__(self) -> str:
        if not self.waiting:
            return "no events wait"
        count = f"{MAX_COUNTED:,} or more" if self.waiting >= MAX_COUNTED else f"{self.waiting:,}"
        return f"{count} events wait, the oldest for {self.age:.1f} s"


def measure(now: datetime) -> Lag:
    """Return the lag, by the partial index of what waits, whatever the number of events in all."""
    rows = Event.objects.filter(published_at=None, quarantined_at=None)
    oldest = rows.order_by("id").values_list("time", flat=True).first()
    if oldest is None:
        return Lag(0, 0.0)
    return Lag(rows.order_by("id")[:MAX_COUNTED].count(), max(0.0, (now - oldest).total_seconds()))
