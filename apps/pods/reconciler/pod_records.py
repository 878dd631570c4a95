"""Rows and events of pods, written in one transaction; nothing is written where nothing changed."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction

from apps.core import bulk_write
from apps.events import outbox
from apps.events.envelope import of_pod
from apps.events.models import Event
from apps.pods.backends.port import DELETED_EXTERNALLY
from apps.pods.models import Pod
from apps.pods.planning.values import PodState
from apps.pods.reconciler.snapshot import PodSnapshot, Snapshot

# What a look may change of a row.
FIELDS = ["state", "reason", "namespace", "node", "restarts", "busy", "ready_at", "idle_since", "ended_at"]
READY_STATES = {PodState.READY, PodState.DRAINING}
# Not to end by us, as far as was recorded.
WORKING = {PodState.STARTING, *READY_STATES}
EVENTS = {PodState.READY: "ready", PodState.UNHEALTHY: "unhealthy", PodState.ENDED: "deleted"}
MAX_REASON_LENGTH = 500
# Rows of pods that ended are kept so long.
RETENTION = timedelta(days=1)


def record(snapshot: Snapshot) -> list[Pod]:
    """Store the snapshot. Return the rows that turned unhealthy or ended though nobody had asked for it."""
    new = [_row(one, snapshot) for one in snapshot.pods if one.row is None and one.pod.pool in snapshot.pools]
    changed = [(row, before) for row, before in _changes(snapshot) if before is not None]
    if not new and not changed:
        return []
    events = [_event("created", row, row.created_at) for row in new]
    moved = [*new, *(row for row, before in changed if row.state != before or row.ended_at)]
    events += [_event(EVENTS[PodState(row.state)], row, snapshot.now) for row in moved if _is_reported(row)]
    with transaction.atomic():
        bulk_write.insert(new)
        bulk_write.update([row for row, _ in changed], FIELDS)
        bulk_write.insert(events)
    befores = [*((row, PodState.STARTING) for row in new), *((row, PodState(before)) for row, before in changed)]
    return [row for row, before in befores if _failed(row, before)]


def delete_expired(now: datetime) -> None:
    """Delete rows of pods that ended long ago."""
    Pod.objects.filter(ended_at__lt=now - RETENTION).delete()


def _row(one: PodSnapshot, snapshot: Snapshot) -> Pod:
    row = Pod(
        pool=snapshot.pools[one.pod.pool],
        name=one.pod.name,
        revision=one.pod.revision,
        created_at=one.pod.created_at,
    )
    _update(row, one, snapshot.now)
    return row


def _changes(snapshot: Snapshot) -> Iterator[tuple[Pod, str | None]]:
    """Yield each row with the state it had, None if nothing of it is new."""
    for one in snapshot.pods:
        if one.row is not None:
            yield one.row, _update(one.row, one, snapshot.now)
    for row in snapshot.vanished:
        before, row.state, row.ended_at, row.busy = row.state, PodState.ENDED, snapshot.now, 0
        # What it waited for before is over.
        row.reason = snapshot.vanished_reason if before in WORKING else row.reason
        yield row, before


def _update(row: Pod, one: PodSnapshot, now: datetime) -> str | None:
    was = [getattr(row, name) for name in FIELDS]
    row.state, row.busy, row.idle_since = one.view.state, one.view.busy, one.view.idle_since
    row.reason = (one.view.reason or _ending_reason(row, was[0], one))[:MAX_REASON_LENGTH]
    # What was gone for a look may be there again.
    row.ended_at = None
    row.namespace, row.node, row.restarts = one.pod.namespace, one.pod.node, one.pod.restarts
    if one.view.state in READY_STATES:
        row.ready_at = row.ready_at or now
    return was[0] if was != [getattr(row, name) for name in FIELDS] else None


def _ending_reason(row: Pod, before: str, one: PodSnapshot) -> str:
    """Return why it ends, which was recorded when its end began; nothing for one that works."""
    if one.pod.stopping and before in WORKING:
        return DELETED_EXTERNALLY
    return row.reason if row.state in (PodState.STOPPING, PodState.ENDED) else ""


def _is_reported(row: Pod) -> bool:
    state = PodState(row.state)
    if state is PodState.ENDED:
        return row.ended_at is not None
    return state in EVENTS


def _failed(row: Pod, before: PodState) -> bool:
    bad = row.state in (PodState.UNHEALTHY, PodState.ENDED)
    return bad and before not in (PodState.STOPPING, PodState.UNHEALTHY, PodState.ENDED) and not row.leaving


def _event(kind: str, row: Pod, now: datetime) -> Event:
    return outbox.row(of_pod(kind, pool=row.pool.name, pod=row.name, state=row.state, reason=row.reason), now)
