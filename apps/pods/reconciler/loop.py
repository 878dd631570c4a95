"""The reconciler as steps: each ``tick`` observes everything, decides, and carries it out."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, close_old_connections

from apps.core.pools import DEFAULT_POOL
from apps.core.processes.backoff import Backoff
from apps.core.processes.lease import LeaseHolder
from apps.core.processes.outages import DATABASE_UNAVAILABLE
from apps.pods.backends.port import Backend, BackendUnavailable
from apps.pods.models import PodPool, ReconcilerLease
from apps.pods.planning.heartbeats import WorkloadState
from apps.pods.planning.plan import plan
from apps.pods.planning.values import PoolTarget
from apps.pods.reconciler import pod_records, problems
from apps.pods.reconciler.actuator import Actuator
from apps.pods.reconciler.pool_deletion import delete_if_empty
from apps.pods.reconciler.scaling import START_SECONDS, PoolScaler, scaling, target
from apps.pods.reconciler.snapshot import Snapshot, take_snapshot
from apps.pods.reconciler.usage import UsageMeters
from apps.pods.spec import pod_spec
from apps.pods.spec.site_environment import SiteEnvironment
from apps.pods.workload import Workload, WorkloadUnavailable

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
LEASE = timedelta(seconds=6)
MAX_PAUSE_SECONDS = 30.0
CLEANUP_INTERVAL = timedelta(minutes=10)
# How far the measured service time moves before it is written again.
MIN_RELATIVE_CHANGE = 0.2
NO_PODS = PoolTarget(desired=0, maximum=0, revision="")


@dataclass(frozen=True, slots=True)
class ReconcilerConfig:
    """Settings of a reconciler."""

    # Environment that the pods of all pools take.
    shared: SiteEnvironment
    # After how long an executor that does not renew has lost its jobs.
    executor_lease: timedelta
    # Idle time of pools that have none of their own.
    idle_seconds: float


@dataclass(frozen=True, slots=True)
class ReconcilerTick:
    """Outcome of one step. ``pause``: how many seconds the next one may wait."""

    leads: bool
    pause: float
    actions: int = 0


class Reconciler:
    """One candidate for reconciling. ``holder`` is unique to the process; all it remembers may be lost at any time."""

    def __init__(
        self,
        holder: str,
        backend: Backend,
        workload: Workload,
        config: ReconcilerConfig,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.holder = holder
        self.backend = backend
        self._workload = workload
        self._config = config
        self._monotonic = monotonic
        self._lease = LeaseHolder(ReconcilerLease, holder, LEASE, monotonic)
        self._actuator = Actuator(backend, workload, self._lease.acquire)
        self._scalers: dict[str, PoolScaler] = {}
        self._usage = UsageMeters()
        self._start_seconds: dict[str, float] = {}
        # Since when Redis is the one that it is, by the monotonic clock.
        self._mark = ""
        self._mark_since: float | None = None
        self._backoff = Backoff(initial=1.0, maximum=MAX_PAUSE_SECONDS, spread=(0.5, 1.0))
        self._cleaned_up_at: datetime | None = None

    def tick(self, now: datetime) -> ReconcilerTick:
        """Take one step. Faults of the parts are handled here; those of our own are raised."""
        try:
            if self._lease.acquire():
                return self._try(now)
            pause = TICK_SECONDS
        except DATABASE_UNAVAILABLE as error:
            logger.warning("database_unavailable", extra={"error": str(error)})
            close_old_connections()
            self._lease.invalidate()
            pause = self._backoff.next_delay()
        # Who leads meanwhile counts what we do not.
        self._usage = UsageMeters()
        return ReconcilerTick(leads=False, pause=pause)

    def close(self) -> None:
        """Release the lease, so that another reconciles at once. The pods go on."""
        try:
            self._lease.release()
        except DATABASE_UNAVAILABLE as error:
            logger.warning("lease_release_failed", extra={"error": str(error)})
        self._actuator.close()
        self.backend.close()

    def _try(self, now: datetime) -> ReconcilerTick:
        try:
            actions = self._reconcile(now)
        except BackendUnavailable as error:
            logger.warning("pod_backend_unavailable", extra={"error": str(error)})
            return ReconcilerTick(leads=True, pause=error.retry_after or self._backoff.next_delay())
        except WorkloadUnavailable as error:
            logger.warning("drain_postponed", extra={"error": str(error)})
            return ReconcilerTick(leads=True, pause=TICK_SECONDS)
        except IntegrityError as error:
            # A person deleted the pool meanwhile, or another reconciles: the next look will show it.
            logger.warning("observation_discarded", extra={"error": str(error)})
            return ReconcilerTick(leads=True, pause=self._backoff.next_delay())
        self._backoff.reset()
        return ReconcilerTick(leads=True, pause=TICK_SECONDS, actions=actions)

    # -- one look, one plan a pool ------------------------------------------------------------------

    def _reconcile(self, now: datetime) -> int:
        """Take a look and carry out a plan for each pool. Return the number of actions.

        Raises the parts' Unavailable errors after all has been done that can be.
        """
        snapshot = self._take_snapshot(now)
        if not self._lease.acquire():
            # The look took too long: another has seen what came since.
            return 0
        failed = pod_records.record(snapshot)
        self._measure_starts(snapshot)
        for pool in snapshot.pools.values():
            problems.record_failures(pool, [row for row in failed if row.pool_id == pool.pk], snapshot)
        if not self._lease.acquire():
            # So did the writing: another may have sent the executors something else.
            return 0
        if snapshot.workload is not None:
            self._send_drains(snapshot)
        self._clean_up(now)
        return self._carry_out_plans(snapshot)

    def _take_snapshot(self, now: datetime) -> Snapshot:
        pools = _pools()
        try:
            observed = self.backend.observe()
        except BackendUnavailable as error:
            problems.report_outage(str(error))
            raise
        try:
            workload = self._workload.observe([pool.name for pool in pools], [pod.name for pod in observed])
        except WorkloadUnavailable as error:
            logger.info("workload_unavailable", extra={"error": str(error)})
            workload = None
        return take_snapshot(
            now,
            pools,
            observed,
            self.backend.unreachable_namespaces(),
            workload,
            is_known=self._is_known(workload),
            vanished_reason=self.backend.vanished_reason,
        )

    def _is_known(self, workload: WorkloadState | None) -> bool:
        """Return whether those who were busy when Redis became what it is have had two leases to report it."""
        now = self._monotonic()
        if workload is None or workload.mark != self._mark or self._mark_since is None:
            self._mark, self._mark_since = (workload.mark, now) if workload else ("", None)
            return False
        return now - self._mark_since >= 2 * self._config.executor_lease.total_seconds()

    def _send_drains(self, snapshot: Snapshot) -> None:
        """Send who drains and who does not, again each time: Redis may have lost it, or a killed reconciler not sent it."""
        tokens = {one.pod.name: one.token for one in snapshot.pods if one.token}
        self._workload.drain(tokens)
        self._workload.resume([one.pod.name for one in snapshot.pods if not one.token])

    def _carry_out_plans(self, snapshot: Snapshot) -> int:
        """Carry out a plan for each pool; the trouble of one does not hinder the others."""
        count, outages = 0, list[BackendUnavailable]()
        for pool in snapshot.pools.values():
            try:
                count += self._reconcile_pool(snapshot, pool)
            except BackendUnavailable as error:
                problems.back_off(pool, str(error), snapshot.now, error.retry_after)
                outages.append(error)
        count += self._end_orphans(snapshot)
        if outages:
            raise outages[0]
        return count

    def _reconcile_pool(self, snapshot: Snapshot, pool: PodPool) -> int:
        if pool.namespace in snapshot.unreachable or not self._lease.acquire():
            return 0
        if delete_if_empty(snapshot, pool):
            return 1
        spec = pod_spec.spec(pool, self._config.shared)
        self._usage.note(self._monotonic(), snapshot, pool, spec.revision)
        start = self._start_seconds.get(pool.name, START_SECONDS) + TICK_SECONDS
        rule = scaling(pool, self.backend, self._config.idle_seconds, start)
        scaler = self._scalers.setdefault(pool.name, PoolScaler(pool))
        desired = scaler.desired(self._monotonic(), snapshot, pool, rule)
        _note_service_time(pool, scaler.service_seconds)
        goal = target(snapshot, pool, desired, rule.maximum, spec.revision)
        actions = plan(goal, [one.view for one in snapshot.of_pool(pool.name)])
        if refusal := self._actuator.carry_out(spec, actions):
            logger.warning("pod_creation_refused", extra={"pool": pool.name, "error": refusal})
            problems.back_off(pool, refusal, snapshot.now)
        return len(actions)

    def _end_orphans(self, snapshot: Snapshot) -> int:
        """Drain and end the pods of pools that are gone."""
        orphans = snapshot.orphans()
        if not orphans:
            return 0
        actions = plan(NO_PODS if snapshot.is_known else _unknown(NO_PODS), [one.view for one in orphans])
        self._actuator.carry_out(pod_spec.spec(PodPool(name=DEFAULT_POOL), SiteEnvironment({})), actions)
        return len(actions)

    def _measure_starts(self, snapshot: Snapshot) -> None:
        for one in snapshot.pods:
            if one.row and one.row.ready_at == snapshot.now:
                took = max((snapshot.now - one.row.created_at).total_seconds(), 0.0)
                known = self._start_seconds.get(one.pod.pool, took)
                self._start_seconds[one.pod.pool] = (known + took) / 2

    def _clean_up(self, now: datetime) -> None:
        if self._cleaned_up_at is None or now - self._cleaned_up_at > CLEANUP_INTERVAL:
            self._cleaned_up_at = now
            pod_records.delete_expired(now)


def _pools() -> list[PodPool]:
    """Return all pools; the default one is always there."""
    pools = list(PodPool.objects.all())
    if all(pool.name != DEFAULT_POOL for pool in pools):
        pools.append(PodPool.objects.get_or_create(name=DEFAULT_POOL)[0])
    return pools


def _unknown(goal: PoolTarget) -> PoolTarget:
    return PoolTarget(goal.desired, goal.maximum, goal.revision, may_shrink=False)


def _note_service_time(pool: PodPool, seconds: float | None) -> None:
    known = pool.service_seconds or 0.0
    if seconds is not None and abs(seconds - known) > MIN_RELATIVE_CHANGE * max(seconds, known):
        problems.update(pool, service_seconds=seconds)
