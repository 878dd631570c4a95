"""The number of pods that each pool should have now: by hand, by its autoscaler, or as it is while its work is unknown.

Nothing is wanted of a pool that is being deleted.
"""

from collections.abc import Sequence
from datetime import datetime

from apps.pods.backends.port import Backend
from apps.pods.models import PodPool
from apps.pods.planning import backoff
from apps.pods.planning.autoscaler import Autoscaler, Load, LoadMeter, ScalingPolicy
from apps.pods.planning.values import SERVING, PoolTarget
from apps.pods.reconciler.snapshot import PodSnapshot, Snapshot

# Until a pod of the pool has started, this is what it takes.
START_SECONDS = 5.0
GRACE_SECONDS = 30


class PoolScaler:
    """One pool's memory of its work. It may be lost: then the pool keeps its pods for an idle time."""

    def __init__(self, pool: PodPool) -> None:
        self._meter = LoadMeter(pool.service_seconds)
        self._autoscaler = Autoscaler(self._meter)
        self._last: dict[str, tuple[int, float]] = {}
        self._done = 0
        self._slot_seconds = 0.0

    @property
    def service_seconds(self) -> float | None:
        return self._meter.service_seconds

    def desired(self, at: float, snapshot: Snapshot, pool: PodPool, scaling: ScalingPolicy) -> int:
        """Return the number of pods. ``at``: now on a monotonic clock, in seconds."""
        if pool.deleted_at:
            return 0
        by_work = self._by_work(at, snapshot, pool, scaling)
        return by_work if pool.scale_to is None else min(pool.scale_to, scaling.maximum)

    def _by_work(self, at: float, snapshot: Snapshot, pool: PodPool, scaling: ScalingPolicy) -> int:
        seen = snapshot.of_pool(pool.name)
        serving = sum(one.view.state in SERVING for one in seen)
        if snapshot.workload is None:
            return min(max(serving, scaling.minimum), scaling.maximum)
        self._count(snapshot, seen)
        running = sum(one.view.busy for one in seen)
        load = Load(snapshot.workload.backlog.get(pool.name, 0), running, self._done, self._slot_seconds)
        return self._autoscaler.desired(at, load, scaling, serving)

    def _count(self, snapshot: Snapshot, seen: Sequence[PodSnapshot]) -> None:
        """Add up what each executor did since the last look; those that are gone take nothing with them."""
        beats = snapshot.workload.heartbeats if snapshot.workload else {}
        now = {one.pod.name: beats[one.pod.name] for one in seen if one.pod.name in beats}
        for name, beat in now.items():
            done, seconds = self._last.get(name, (0, 0.0))
            self._done += max(beat.done - done, 0)
            self._slot_seconds += max(beat.slot_seconds - seconds, 0.0)
        self._last = {name: (beat.done, beat.slot_seconds) for name, beat in now.items()}


def scaling(pool: PodPool, backend: Backend, idle_seconds: float, start_seconds: float) -> ScalingPolicy:
    """Return the pool's rule; ``idle_seconds`` where it has none of its own."""
    minimum, maximum = backend.limits(pool.name, pool.minimum, pool.maximum)
    idle = idle_seconds if pool.idle_seconds is None else pool.idle_seconds
    return ScalingPolicy(pool.slots, minimum, maximum, pool.target_wait, idle, start_seconds)


def target(snapshot: Snapshot, pool: PodPool, desired: int, maximum: int, revision: str) -> PoolTarget:
    """Return what the plan is to reach."""
    return PoolTarget(
        desired=desired,
        maximum=maximum,
        revision=revision,
        surge=pool.surge,
        starts_at_once=pool.starts_at_once,
        grace_seconds=GRACE_SECONDS,
        # It would keep its pods.
        cordoned=pool.cordoned and not pool.deleted_at,
        may_create=not _is_put_off(pool, snapshot.now),
        may_shrink=snapshot.is_known,
    )


def _is_put_off(pool: PodPool, now: datetime) -> bool:
    """Return whether a back-off lasts; not one that ends later than any does: its clock was set back since."""
    return pool.retry_at is not None and now < pool.retry_at <= now + backoff.MAX_DELAY
