"""Leadership among like processes: a row in the database, leased for some seconds by the database's clock."""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

logger = logging.getLogger(__name__)

# There is one row a table.
LEASE_ID = 1


class Lease(models.Model):
    """The holder of the lease, and when it expires."""

    holder = models.CharField(max_length=200, default="", blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.holder


class LeaseHolder:
    """One candidate for a lease; ``holder`` is unique to it.

    A third of ``duration`` after it was prolonged last, by a ``monotonic`` clock in seconds, the lease is prolonged
    again: a wall clock that is set changes nothing. The methods raise the database's errors.
    """

    def __init__(self, table: type[Lease], holder: str, duration: timedelta, monotonic: Callable[[], float]) -> None:
        self._table = table
        self._holder = holder
        self._duration = duration
        self._monotonic = monotonic
        # Since when our lease runs; None without one.
        self._since: float | None = None

    def acquire(self) -> bool:
        """Acquire or renew the lease, if that is due. Returns whether it is held."""
        # Before the question: the lease begins no earlier than this.
        now = self._monotonic()
        if self._since is None or now - self._since >= self._duration.total_seconds() / 3:
            leads = self._take()
            if leads != (self._since is not None):
                extra = {"lease": self._table._meta.db_table, "holder": self._holder}
                logger.info("lease_acquired" if leads else "lease_lost", extra=extra)
            self._since = now if leads else None
        return self._since is not None

    def invalidate(self) -> None:
        """Have the next :meth:`acquire` ask the database."""
        self._since = None

    def release(self) -> None:
        """Let another candidate acquire it at once."""
        self._since = None
        self._table._default_manager.filter(pk=LEASE_ID, holder=self._holder).update(holder="", expires_at=None)

    def _take(self) -> bool:
        """Acquire or renew it in the database. Returns False while another holds it."""
        row = self._table._default_manager.filter(pk=LEASE_ID)
        if not row.exists():
            self._table._default_manager.get_or_create(pk=LEASE_ID)
        free = row.filter(Q(expires_at=None) | Q(expires_at__lt=Now()) | Q(holder=self._holder))
        # A standby asks often: a question takes no lock, an update would, on SQLite that of the whole database.
        return free.exists() and bool(free.update(holder=self._holder, expires_at=Now() + self._duration))
