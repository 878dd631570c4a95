"""The problem that a pool's page shows, and the back-off that follows from it."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from apps.pods.models import Pod, PodPool
from apps.pods.planning import backoff
from apps.pods.reconciler.snapshot import Snapshot

logger = logging.getLogger(__name__)

MAX_PROBLEM_LENGTH = 500
# Kubernetes has the time when a pod was made in whole seconds.
CREATION_TIME_RESOLUTION = timedelta(seconds=1)
# A pool that was not even tried for so long after its back-off has all that it wants.
FAILURE_RETENTION = backoff.MAX_DELAY


def record_failures(pool: PodPool, failed: Iterable[Pod], snapshot: Snapshot) -> None:
    """Back the pool off for pods that failed young; one that was made since and works well clears it."""
    for row in failed:
        logger.warning("pod_failed", extra={"pod": row.name, "pool": pool.name, "reason": row.reason})
        if row.ready_at is None or snapshot.now - row.created_at < backoff.MIN_UPTIME:
            back_off(pool, row.reason, snapshot.now)
    if pool.namespace in snapshot.unreachable:
        _report(pool, snapshot.unreachable[pool.namespace])
    elif (pool.failures and _is_over(pool, snapshot)) or (pool.problem and not pool.failures):
        update(pool, failures=0, retry_at=None, problem="")


def back_off(pool: PodPool, problem: str, now: datetime, retry_after: float | None = None) -> None:
    """Count a failure and put the pool off. ``retry_after``: how many seconds the backend asked for."""
    failures = pool.failures + 1
    asked = min(timedelta(seconds=retry_after or 0), backoff.MAX_DELAY)
    delay = max(backoff.delay(failures), asked)
    update(pool, failures=failures, retry_at=now + delay, problem=problem[:MAX_PROBLEM_LENGTH])


def report_outage(problem: str) -> None:
    """Show that no pool can be managed now. It is no failure of theirs: the next look that succeeds clears it."""
    for pool in PodPool.objects.all():
        _report(pool, problem)


def update(pool: PodPool, **fields: object) -> None:
    """Write these fields alone: a person may be changing the others."""
    for name, value in fields.items():
        setattr(pool, name, value)
    PodPool.objects.filter(pk=pool.pk).update(**fields)


def _report(pool: PodPool, problem: str) -> None:
    # What its own pods suffer from says more.
    if not pool.failures and pool.problem != problem[:MAX_PROBLEM_LENGTH]:
        update(pool, problem=problem[:MAX_PROBLEM_LENGTH])


def _is_over(pool: PodPool, snapshot: Snapshot) -> bool:
    retry_at = pool.retry_at
    if retry_at is not None and snapshot.now - retry_at > FAILURE_RETENTION:
        return True
    settled = snapshot.now - backoff.MIN_UPTIME
    rows = [one.row for one in snapshot.of_pool(pool.name) if one.row is not None]
    later = [row for row in rows if retry_at is None or row.created_at + CREATION_TIME_RESOLUTION >= retry_at]
    return any(row.ready_at is not None and row.ready_at < settled for row in later)
