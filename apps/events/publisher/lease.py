"""Which publisher works: a row, held for some seconds by the database's clock.

The lease saves work; the order does not hang on it. A publisher sends each topic and key as an unbroken run of rows that
begins at the first one unmarked. When two overlap, because one was frozen and comes back, each event's first arrival
still follows the first arrivals of those before it: in either run its predecessor went out earlier, or had been
acknowledged. What comes twice has its id, by which readers know it.
"""

from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now

from apps.events.models import PublisherLease

LEASE = 1


def take(holder: str, duration: timedelta) -> bool:
    """Take or prolong the lease. False while another holds it."""
    row = PublisherLease.objects.filter(pk=LEASE)
    if not row.exists():
        PublisherLease.objects.get_or_create(pk=LEASE)
    free = row.filter(Q(expires_at=None) | Q(expires_at__lt=Now()) | Q(holder=holder))
    # A standby asks often: a question takes no lock, an update would, on SQLite that of the whole database.
    return free.exists() and bool(free.update(holder=holder, expires_at=Now() + duration))


def let_go(holder: str) -> None:
    """Give it up at once, so that a standby need not wait."""
    PublisherLease.objects.filter(pk=LEASE, holder=holder).update(holder="", expires_at=None)
