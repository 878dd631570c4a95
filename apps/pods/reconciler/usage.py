"""Sums of what pods use, written often enough to be of use and seldom enough not to matter."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import F
from django.db.models.functions import Greatest

from apps.pods.models import PodPool, PoolUsage
from apps.pods.planning import quantities
from apps.pods.planning.heartbeats import Heartbeat
from apps.pods.planning.usage import Usage, between
from apps.pods.reconciler.snapshot import PodSnapshot, Snapshot
from apps.pods.spec import pod_spec

WRITE_INTERVAL_SECONDS = 30.0
# More memory than was ever seen is written at once, if it is more by so much.
MIN_GROWTH_FACTOR = 1.1
OUT_OF_MEMORY = "OOMKilled"


class PoolMeter:
    """Usage of one pool with its present settings. What it remembers may be lost: then some usage goes unwritten."""

    def __init__(self, basis: str) -> None:
        self.basis = basis
        # Each pod's last heartbeat, and when it was first seen.
        self._beats: dict[str, tuple[float, Heartbeat]] = {}
        self._unwritten = Usage()
        self._written_at: float | None = None
        self._written_memory = 0

    def note(self, at: float, snapshot: Snapshot, pool: PodPool, revision: str) -> None:
        """Add what the pods of this revision used since the last look, and write it if it is time to.

        ``at``: now on a monotonic clock, in seconds.
        """
        seen = [one for one in snapshot.of_pool(pool.name) if one.pod.revision == revision]
        for used in self._uses(at, snapshot, seen):
            self._unwritten += used
        self._unwritten += Usage(memory=_memory_at_oom_kill(seen, pool))
        if self._is_due(at):
            _write(pool, self.basis, self._unwritten, snapshot.now)
            self._written_memory = max(self._written_memory, self._unwritten.memory)
            self._unwritten, self._written_at = Usage(), at

    def _uses(self, at: float, snapshot: Snapshot, seen: list[PodSnapshot]) -> Iterator[Usage]:
        beats = snapshot.workload.heartbeats if snapshot.workload else {}
        names = {one.pod.name for one in seen}
        self._beats = {name: last for name, last in self._beats.items() if name in names}
        for name in names & beats.keys():
            since, before = self._beats.get(name, (at, None))
            if beats[name] != before:
                yield between(before, beats[name], at - since)
                self._beats[name] = (at, beats[name])

    def _is_due(self, at: float) -> bool:
        if self._unwritten.memory > self._written_memory * MIN_GROWTH_FACTOR:
            return True
        # Idle time alone can wait.
        rested = self._written_at is None or at - self._written_at >= WRITE_INTERVAL_SECONDS
        return rested and bool(self._unwritten.jobs or self._unwritten.slot_seconds)


class UsageMeters:
    """Meters of all pools."""

    def __init__(self) -> None:
        self._meters: dict[str, PoolMeter] = {}

    def note(self, at: float, snapshot: Snapshot, pool: PodPool, revision: str) -> None:
        """Add usage: see :meth:`PoolMeter.note`."""
        basis = pod_spec.usage_basis(pool)
        meter = self._meters.get(pool.name)
        if meter is None or meter.basis != basis:
            meter = self._meters[pool.name] = PoolMeter(basis)
        meter.note(at, snapshot, pool, revision)


def _memory_at_oom_kill(seen: list[PodSnapshot], pool: PodPool) -> int:
    """Return the limit if a pod was ended for its memory: it held all of it, whatever its last heartbeat said."""
    if any(one.pod.reason.startswith(OUT_OF_MEMORY) for one in seen):
        try:
            return int(quantities.parse(str(pool.resources["limits"]["memory"])))
        except (KeyError, TypeError, ValueError):
            return 0
    return 0


def _write(pool: PodPool, basis: str, used: Usage, now: datetime) -> None:
    """Add usage to the row. Pools with other settings begin anew."""
    sums = {
        "cpu_seconds": used.cpu_seconds,
        "slot_seconds": used.slot_seconds,
        "jobs": used.jobs,
        "work_seconds": used.work_seconds,
        "idle_cpu_seconds": used.idle_cpu_seconds,
        "idle_seconds": used.idle_seconds,
    }
    rows = PoolUsage.objects.filter(pool=pool, basis=basis)
    added = {name: F(name) + value for name, value in sums.items()}
    if not rows.update(**added, memory_bytes=Greatest("memory_bytes", used.memory), updated_at=now):
        fresh = {"basis": basis, "memory_bytes": used.memory, **sums, "since": now, "updated_at": now}
        PoolUsage.objects.update_or_create(pool=pool, defaults=fresh)
