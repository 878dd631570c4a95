"""Whether this process is the one that reconciles: by the lease in SQL, and by how long ago it was prolonged."""

import logging
from collections.abc import Callable
from datetime import timedelta

from apps.core import leases
from apps.pods.models import ReconcilerLease

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=6)
RENEW_SECONDS = LEASE.total_seconds() / 3


class Leading:
    """One candidate's place. ``holder`` is unique to it. A wall clock that is set changes nothing here: ``monotonic``."""

    def __init__(self, holder: str, monotonic: Callable[[], float]) -> None:
        self._holder = holder
        self._monotonic = monotonic
        # Since when the lease runs that is ours; None if none is.
        self._since: float | None = None

    def holds(self) -> bool:
        """Take or prolong the lease, if a third of it is over. Raises the database's errors."""
        # Before the question: the lease begins no earlier than this.
        now = self._monotonic()
        if self._since is None or now - self._since >= RENEW_SECONDS:
            leads = leases.take(ReconcilerLease, self._holder, LEASE)
            if leads != (self._since is not None):
                logger.info("Reconciling pods" if leads else "Another reconciles pods")
            self._since = now if leads else None
        return self._since is not None

    def doubt(self) -> None:
        """Ask anew before anything else is done."""
        self._since = None

    def let_go(self) -> None:
        """Let another lead at once."""
        if self._since is not None:
            leases.let_go(ReconcilerLease, self._holder)
            self._since = None
