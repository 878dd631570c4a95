"""Which reconciler works: a row, held for some seconds by the database's clock."""

from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now

from apps.pods.models import ReconcilerLease

LEASE = 1


def take(holder: str, duration: timedelta) -> bool:
    """Take or prolong the lease. False while another holds it."""
    row = ReconcilerLease.objects.filter(pk=LEASE)
    if not row.exists():
        ReconcilerLease.objects.get_or_create(pk=LEASE)
    free = row.filter(Q(expires_at=None) | Q(expires_at__lt=Now()) | Q(holder=holder))
    # A standby asks often: a question takes no lock, an update would, on SQLite that of the whole database.
    return free.exists() and bool(free.update(holder=holder, expires_at=Now() + duration))


def let_go(holder: str) -> None:
    """Give it up at once, so that a standby need not wait."""
    ReconcilerLease.objects.filter(pk=LEASE, holder=holder).update(holder="", expires_at=None)
