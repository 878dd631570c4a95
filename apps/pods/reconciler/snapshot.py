"""Snapshot of everything: what the backend has, what we recorded of it, what the executors report."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.pods.backends.port import ObservedPod
from apps.pods.models import Pod, PodPool
from apps.pods.planning import health
from apps.pods.planning.heartbeats import WorkloadState
from apps.pods.planning.values import PodView

# Pods of a pool that is gone drain by this, having no row for a token of their own.
ORPHAN_DRAIN_TOKEN = "orphaned"  # noqa: S105  (no secret)
ORPHAN_RECORD = health.RecordedPod(was_ready=True, drain_token=ORPHAN_DRAIN_TOKEN)


@dataclass(frozen=True, slots=True)
class PodSnapshot:
    """A pod in a snapshot."""

    # As observed.
    pod: ObservedPod
    # As planned with.
    view: PodView
    # None for a pod that is new or without a pool.
    row: Pod | None
    # Token of its draining; empty unless it is to drain.
    token: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All pools and pods at one moment."""

    now: datetime
    # By name.
    pools: Mapping[str, PodPool]
    # Pods that the backend has.
    pods: Sequence[PodSnapshot]
    # The same by the name of their pool.
    by_pool: Mapping[str, Sequence[PodSnapshot]]
    # Rows of pods that the backend has no more.
    vanished: Sequence[Pod]
    # Namespaces of whose pods nothing is known now, and why.
    unreachable: Mapping[str, str]
    # None while the work cannot be asked about.
    workload: WorkloadState | None
    # Whether a pod without heartbeat has stopped, and one without recorded jobs is not busy.
    is_known: bool
    # Why those are gone that vanished.
    vanished_reason: str

    def of_pool(self, name: str) -> Sequence[PodSnapshot]:
        return self.by_pool.get(name, ())

    def orphans(self) -> list[PodSnapshot]:
        return [one for one in self.pods if one.pod.pool not in self.pools]


def take_snapshot(
    now: datetime,
    pools: Sequence[PodPool],
    observed: Sequence[ObservedPod],
    unreachable: Mapping[str, str],
    workload: WorkloadState | None,
    *,
    is_known: bool,
    vanished_reason: str,
) -> Snapshot:
    """Put together what was observed."""
    by_name = {pool.name: pool for pool in pools}
    rows = _rows(observed, pools)
    seen, by_pool = [], defaultdict[str, list[PodSnapshot]](list)
    for pod in observed:
        row = rows.pop(pod.name, None)
        recorded = _recorded(row) if pod.pool in by_name else ORPHAN_RECORD
        view = health.pod_view(pod, recorded, _liveness(pod.name, workload, is_known), now)
        seen.append(PodSnapshot(pod, view, row, recorded.drain_token))
        by_pool[pod.pool].append(seen[-1])
    vanished = [row for row in rows.values() if (row.namespace or row.pool.namespace) not in unreachable]
    return Snapshot(now, by_name, seen, by_pool, vanished, unreachable, workload, is_known, vanished_reason)


def _rows(observed: Sequence[ObservedPod], pools: Sequence[PodPool]) -> dict[str, Pod]:
    """Return rows of pods that have not ended, as far as we know, and of those that are there none the less."""
    rows = {row.name: row for row in Pod.objects.alive()}
    if others := [pod.name for pod in observed if pod.name not in rows]:
        rows |= {row.name: row for row in Pod.objects.filter(name__in=others)}
    # A pool that comes with each of its pods is read as often, all its JSON included.
    by_pk = {pool.pk: pool for pool in pools}
    for row in rows.values():
        if row.pool_id in by_pk:
            row.pool = by_pk[row.pool_id]
    return rows


def _recorded(row: Pod | None) -> health.RecordedPod:
    if row is None:
        return health.RecordedPod()
    return health.RecordedPod(row.ready_at is not None, row.drain_token, row.leaving, row.idle_since)


def _liveness(name: str, workload: WorkloadState | None, is_known: bool) -> health.Liveness:
    if workload is None:
        return health.Liveness(None, 0, is_known=False)
    return health.Liveness(workload.heartbeats.get(name), workload.busy.get(name, 0), is_known)
