"""Which of several like processes works: a row, held for some seconds by the database's clock."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

# There is one row a table.
LEASE = 1


class Lease(models.Model):
    """Who works now, and until when others leave it to them."""

    holder = models.CharField(max_length=200, default="", blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.holder


def take(table: type[Lease], holder: str, duration: timedelta) -> bool:
    """Take or prolong the lease. False while another holds it."""
    row = table._default_manager.filter(pk=LEASE)
    if not row.exists():
        table._default_manager.get_or_create(pk=LEASE)
    free = row.filter(Q(expires_at=None) | Q(expires_at__lt=Now()) | Q(holder=holder))
    # A standby asks often: a question takes no lock, an update would, on SQLite that of the whole database.
    return free.exists() and bool(free.update(holder=holder, expires_at=Now() + duration))


def let_go(table: type[Lease], holder: str) -> None:
    """Give it up at once, so that a standby need not wait."""
    table._default_manager.filter(pk=LEASE, holder=holder).update(holder="", expires_at=None)
