"""The reconciler as steps: each ``tick`` looks at everything, decides, and acts."""

import logging
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import InterfaceError, InternalError, OperationalError, close_old_connections

from apps.core import leases
from apps.core.pools import DEFAULT_POOL
from apps.pods import specs
from apps.pods.backends.port import Backend, BackendAway
from apps.pods.models import Pod, PodPool, ReconcilerLease
from apps.pods.planning import backoff
from apps.pods.planning.plan import plan
from apps.pods.planning.values import PoolTarget
from apps.pods.reconciler import recording, seeing
from apps.pods.reconciler.acting import Acting
from apps.pods.reconciler.scaling import START_SECONDS, PoolScaler, scaling, target
from apps.pods.reconciler.seeing import ORPHANED, Scene
from apps.pods.shared import Shared
from apps.pods.workload import Look, Workload, WorkloadAway

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=6)
TICK_SECONDS = 1.0
LONGEST_PAUSE = 30.0
FORGET_EVERY = timedelta(minutes=10)
# How far the measured service time moves before it is written again.
NOTICEABLE = 0.2
DATABASE_AWAY = (OperationalError, InterfaceError, InternalError)
NOTHING = PoolTarget(wanted=0, maximum=0, revision="")


@dataclass(frozen=True, slots=True)
class Config:
    """``shared``: what the pods of all pools take. ``executor_lease``: after how long an executor that does not
    renew has lost its jobs. ``idle_seconds``: of pools that have no idle time of their own."""

    shared: Shared
    executor_lease: timedelta
    idle_seconds: float


@dataclass(frozen=True, slots=True)
class TickResult:
    """``pause``: how many seconds the next step may wait."""

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
        config: Config,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.holder = holder
        self.backend = backend
        self._workload = workload
        self._config = config
        self._monotonic = monotonic
        self._acting = Acting(backend, workload)
        self._scalers: dict[str, PoolScaler] = {}
        self._start_seconds: dict[str, float] = {}
        self._renew_at: datetime | None = None
        # Since when Redis is the one that it is.
        self._mark = ""
        self._mark_since: datetime | None = None
        self._failures = 0
        self._forgot_at: datetime | None = None

    def tick(self, now: datetime) -> TickResult:
        """Faults of the parts are met here; those of our own come out."""
        try:
            if not self._leads(now):
                return TickResult(leads=False, pause=TICK_SECONDS)
            actions = self._reconcile(now)
        except BackendAway as error:
            logger.warning("Pods cannot be managed now: %s", error)
            return TickResult(leads=True, pause=error.retry_after or self._longer())
        except WorkloadAway as error:
            logger.warning("Executors cannot be told: %s", error)
        except DATABASE_AWAY as error:
            logger.warning("The database is away: %s", error)
            close_old_connections()
            self._renew_at = None
            return TickResult(leads=False, pause=self._longer())
        else:
            self._failures = 0
            return TickResult(leads=True, pause=TICK_SECONDS, actions=actions)
        return TickResult(leads=True, pause=TICK_SECONDS)

    def close(self) -> None:
        """Let another reconcile at once. The pods go on."""
        if self._renew_at is not None:
            leases.let_go(ReconcilerLease, self.holder)
        self._acting.close()
        self.backend.close()

    def _leads(self, now: datetime) -> bool:
        if self._renew_at is None or now >= self._renew_at:
            leads = leases.take(ReconcilerLease, self.holder, LEASE)
            if leads != (self._renew_at is not None):
                logger.info("Reconciling pods" if leads else "Another reconciles pods")
            self._renew_at = now + LEASE / 3 if leads else None
        return self._renew_at is not None

    def _longer(self) -> float:
        """A growing pause with jitter, so that many do not come back at once."""
        self._failures += 1
        return min(2.0 ** min(self._failures - 1, 10), LONGEST_PAUSE) * random.uniform(0.5, 1.0)  # noqa: S311

    # -- one look, one plan a pool ------------------------------------------------------------------

    def _reconcile(self, now: datetime) -> int:
        scene = self._look(now)
        failed = recording.record(scene)
        self._note_starts(scene)
        for pool in scene.pools.values():
            _note_failures(pool, [row for row in failed if row.pool_id == pool.pk], scene)
        if scene.look is not None:
            self._workload.drain(_tokens(scene))
        self._forget(now)
        return sum(self._bring_nearer(scene, pool) for pool in scene.pools.values()) + self._end_orphans(scene)

    def _look(self, now: datetime) -> Scene:
        pools = _pools()
        observed = self.backend.observe()
        try:
            look = self._workload.look([pool.name for pool in pools], [pod.name for pod in observed])
        except WorkloadAway as error:
            logger.info("Nothing is known of the work: %s", error)
            look = None
        return seeing.scene(now, pools, observed, look, is_known=self._is_known(look, now))

    def _is_known(self, look: Look | None, now: datetime) -> bool:
        """Whether those who were busy when Redis became what it is have had two leases to say so."""
        if look is None or look.mark != self._mark or self._mark_since is None:
            self._mark, self._mark_since = (look.mark, now) if look else ("", None)
            return False
        return now - self._mark_since >= 2 * self._config.executor_lease

    def _bring_nearer(self, scene: Scene, pool: PodPool) -> int:
        spec = specs.spec(pool, self._config.shared)
        start = self._start_seconds.get(pool.name, START_SECONDS) + TICK_SECONDS
        rule = scaling(pool, self.backend, self._config.idle_seconds, start)
        scaler = self._scalers.setdefault(pool.name, PoolScaler(pool))
        wanted = scaler.wanted(self._monotonic(), scene, pool, rule)
        _note_service_time(pool, scaler.service_seconds)
        goal = target(scene, pool, wanted, rule.maximum, spec.revision)
        actions = plan(goal, [one.view for one in scene.of_pool(pool.name)])
        if refusal := self._acting.carry_out(spec, actions):
            logger.warning("Pool %s gets no pod: %s", pool.name, refusal)
            _try_later(pool, refusal, scene.now)
        return len(actions)

    def _end_orphans(self, scene: Scene) -> int:
        """Pods of pools that are gone drain and end."""
        orphans = scene.orphans()
        if not orphans:
            return 0
        actions = plan(NOTHING if scene.is_known else _unknown(NOTHING), [one.view for one in orphans])
        self._acting.carry_out(specs.spec(PodPool(name=DEFAULT_POOL), Shared({})), actions)
        return len(actions)

    def _note_starts(self, scene: Scene) -> None:
        for one in scene.seen:
            if one.row and one.row.ready_at == scene.now:
                took = (scene.now - one.row.created_at).total_seconds()
                known = self._start_seconds.get(one.pod.pool, took)
                self._start_seconds[one.pod.pool] = (known + took) / 2

    def _forget(self, now: datetime) -> None:
        if self._forgot_at is None or now - self._forgot_at > FORGET_EVERY:
            self._forgot_at = now
            recording.forget_old(now)


def _pools() -> list[PodPool]:
    """All of them; the default one is always there."""
    pools = list(PodPool.objects.all())
    if all(pool.name != DEFAULT_POOL for pool in pools):
        pools.append(PodPool.objects.get_or_create(name=DEFAULT_POOL)[0])
    return pools


def _unknown(goal: PoolTarget) -> PoolTarget:
    return PoolTarget(goal.wanted, goal.maximum, goal.revision, may_shrink=False)


def _tokens(scene: Scene) -> dict[str, str]:
    """Said again each time: Redis may have lost it."""
    tokens = {one.pod.name: one.token for one in scene.seen if one.token}
    return tokens | {one.pod.name: ORPHANED for one in scene.orphans()}


def _note_failures(pool: PodPool, failed: Iterable[Pod], scene: Scene) -> None:
    """Pods that failed young put the pool off; one that works well clears it."""
    for row in failed:
        logger.warning("Pod %s of pool %s: %s", row.name, pool.name, row.reason)
        if row.ready_at is None or scene.now - row.created_at < backoff.SETTLED:
            _try_later(pool, row.reason, scene.now)
    settled = scene.now - backoff.SETTLED
    if pool.failures and any(o.row and o.row.ready_at and o.row.ready_at < settled for o in scene.of_pool(pool.name)):
        _update(pool, failures=0, retry_at=None, problem="")


def _try_later(pool: PodPool, problem: str, now: datetime) -> None:
    failures = pool.failures + 1
    _update(pool, failures=failures, retry_at=now + backoff.delay(failures), problem=problem[:500])


def _note_service_time(pool: PodPool, seconds: float | None) -> None:
    known = pool.service_seconds or 0.0
    if seconds is not None and abs(seconds - known) > NOTICEABLE * max(seconds, known):
        _update(pool, service_seconds=seconds)


def _update(pool: PodPool, **fields: object) -> None:
    """Write these fields alone: a person may be changing the others."""
    for name, value in fields.items():
        setattr(pool, name, value)
    PodPool.objects.filter(pk=pool.pk).update(**fields)
