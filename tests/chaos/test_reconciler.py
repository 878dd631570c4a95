"""kill -9 of ``reconcile_pods`` at random moments, while pools grow, shrink, change, come and go: no pod too many, none
too few, none without a record, and none that ends while it works."""

import itertools
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from apps.core.access.policy import SYSTEM
from apps.core.pools import DEFAULT_POOL
from apps.pods.backends.port import ObservedPod, Phase
from apps.pods.models import Pod, PodPool, ReconcilerLease
from apps.pods.reconciler.loop import Reconciler, ReconcilerConfig
from apps.pods.services.pools import delete as delete_pool
from apps.pods.spec.site_environment import site_environment
from apps.stack import command_lines
from apps.workflows.workload import ExecutorsWorkload
from tests.chaos.hearts import Hearts
from tests.chaos.pod_places import Cluster, OneMachine, Place, Seen
from tests.chaos.seeds import KILLS, seeds
from tests.chaos.standstill import pause_between_commits
from tests.support.cluster import PATIENCE, database_url
from tests.support.process import Process
from tests.support.servers import RedisServer

# More than elsewhere: few moments of its life are dangerous, and six kills met none of them where faults were planted.
LIVES = max(KILLS, 20)
# Two of these after it leads a reconciler knows who is busy, and lets pods go.
LEASE_SECONDS = 1
LONGEST_LIFE = 3.0
# What the log of a reconciler says that has lost its lease.
ANOTHER = "lease_lost"
STEADY, PASSING = ("a", "b", "c"), "passing"


class Crowd:
    """Pools, their pods, and two reconcilers' processes: one works, the other stands by."""

    def __init__(self, place: Place, redis_server: RedisServer, directory: Path, luck: random.Random) -> None:
        self.place = place
        self.luck = luck
        self.hearts = Hearts(redis_server.client(), luck)
        self.seen: list[Seen] = []
        self.changes = 0
        self._told: set[tuple[str, bool]] = set()
        environment = {
            "DJANGO_SETTINGS_MODULE": "baseshift.settings.dev",
            "DATABASE_URL": database_url(),
            "REDIS_URL": redis_server.url,
            "VAR_DIR": str(directory),
            "LEASE_SECONDS": str(LEASE_SECONDS),
            **place.environment,
        }
        command = command_lines.manage("reconcile_pods")
        self.processes = [Process(f"reconciler-{n}", command, environment, directory) for n in (1, 2)]
        for name in STEADY:
            new_pool(name, place.most)

    # -- time, in which nothing may be wrong -----------------------------------------------------------

    def turn(self) -> None:
        for seen in self.place.turn():
            self._watch(seen)
        self.hearts.beat(self.seen, set(Pod.objects.filter(state="ready").values_list("name", flat=True)))

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < deadline, f"it did not come true in time: {self.seen}"
            self.turn()

    def _watch(self, seen: list[Seen]) -> None:
        for pool, count in Counter(pod.pool for pod in seen).items():
            assert count <= self.place.most, f"{count} pods of {pool}"
        told = {(pod.name, pod.stopping) for pod in seen}
        at_work = [name for name, stopping in told - self._told if stopping and name in self.hearts.jobs]
        assert not at_work, f"{at_work} had work when they were told to end"
        self.changes += len(told - self._told)
        self.seen, self._told = seen, told

    @contextmanager
    def running(self) -> Iterator[None]:
        """The processes run; nobody leads afterwards."""
        try:
            for process in self.processes:
                process.start()
            yield
        except BaseException as error:
            for process in self.processes:
                error.add_note(process.tail())
            raise
        finally:
            for process in self.processes:
                process.kill()

    # -- lives of reconcilers --------------------------------------------------------------------------

    def life(self) -> None:
        """One works, in a world that changes, and is killed at some moment, or in the middle of some act."""
        working = self.leader()
        for act in self.luck.choices(ACTS, k=self.luck.randint(1, 3)):
            act(self)
        if self.luck.random() < 0.5:
            self.pass_by(self.luck.random() ** 2 * LONGEST_LIFE, changes=1000)
        else:
            self.pass_by(LONGEST_LIFE, changes=self.luck.randint(1, 4))
        working.kill()
        with self._others_standing_still():
            self.succeed()
        for process in self.processes:
            if not process.runs:
                process.start()

    @contextmanager
    def _others_standing_still(self) -> Iterator[None]:
        """Else one would take the lease of a successor that a busy machine holds up."""
        for process in self.processes:
            if process.runs:
                pause_between_commits(process)
        yield
        for process in self.processes:
            process.resume()

    def leader(self) -> Process:
        self.until(lambda: self._who_leads() is not None)
        return self._who_leads() or self.leader()

    def _who_leads(self) -> Process | None:
        """Of those that run."""
        name = ReconcilerLease.objects.exclude(expires_at=None).values_list("holder", flat=True).first() or "::"
        return next((one for one in self.processes if one.runs and str(one.pid) == name.split(":")[1]), None)

    def take_over(self, holder: str) -> None:
        """The lease of the dead ends by itself after some seconds: it is ours now, whoever stands by.

        One that stood by may have taken it already: it is killed, or it would work beside us.
        """
        if other := self._who_leads():
            other.kill()
        ReconcilerLease.objects.update(holder=holder, expires_at=timezone.now() + timedelta(minutes=1))

    def pass_by(self, seconds: float, changes: int) -> None:
        deadline, last = time.monotonic() + seconds, self.changes + changes
        while time.monotonic() < deadline and self.changes < last:
            self.turn()

    def succeed(self) -> None:
        """A successor: two looks after it may know what is busy, nothing is left over, missing or unrecorded."""
        with successor(self) as reconciler:
            reconciler.tick(timezone.now())
            before = reconciler.backend.observe()
            reconciler.tick(timezone.now())
            after = reconciler.backend.observe()
        rows = {row.name: row for row in Pod.objects.filter(ended_at=None)}
        # Pods come and go by themselves meanwhile: what the last look saw lies between what was there before and after.
        names = {pod.name for pod in before}
        assert set(rows) <= names | {pod.name for pod in after}
        there = [pod for pod in after if pod.name in names | set(rows)]
        assert {pod.name for pod in there if pod.pool in pools()} <= set(rows)
        gone = [pod.name for pod in there if pod.pool not in pools() and not pod.stopping]
        assert not gone or all(self.hearts.drains(gone))
        for pool in PodPool.objects.filter(name__in=STEADY):
            serving = [
                pod
                for pod in running(there, pool)
                if not pod.stopping and not (pod.name in rows and rows[pod.name].drain_token)
            ]
            may_create = pool.retry_at is None and len(running(before, pool)) < self.place.most
            assert len(serving) <= (pool.scale_to or 0) + pool.surge
            assert len(serving) >= (pool.scale_to or 0) or not may_create

    def settle(self) -> None:
        """In the end there is just what is wanted, and a row of each."""
        with successor(self) as reconciler:
            self.until(lambda: reconciler.tick(timezone.now()).actions == 0 and self._is_settled())

    def _is_settled(self) -> bool:
        wanted = Counter({pool.name: pool.scale_to or 0 for pool in PodPool.objects.all()})
        wanted[DEFAULT_POOL] = self.place.least
        rows = Pod.objects.filter(ended_at=None, state="ready").values_list("name", flat=True)
        return Counter(pod.pool for pod in self.seen) == wanted and {pod.name for pod in self.seen} == set(rows)


# -- what happens meanwhile ------------------------------------------------------------------------------


def scale(crowd: Crowd) -> None:
    count = crowd.luck.randint(0, crowd.place.most)
    PodPool.objects.filter(name=crowd.luck.choice(STEADY)).update(scale_to=count)


def roll_out(crowd: Crowd) -> None:
    PodPool.objects.filter(name=crowd.luck.choice(STEADY)).update(env={"ROUND": str(crowd.luck.random())})


def send_away(crowd: Crowd) -> None:
    """A person wants a pod gone."""
    if names := sorted(Pod.objects.filter(state="ready").values_list("name", flat=True)):
        Pod.objects.filter(name=crowd.luck.choice(names)).update(leaving=True)


def die(crowd: Crowd) -> None:
    if running := [pod for pod in crowd.seen if pod.runs and not pod.stopping]:
        crowd.place.kill(crowd.luck.choice(running).name)


def come_or_go(crowd: Crowd) -> None:
    """A pool is made, or deleted with its pods' rows."""
    if not PodPool.objects.filter(name=PASSING).delete()[0]:
        new_pool(PASSING, crowd.place.most).save()


def go_by_and_by(crowd: Crowd) -> None:
    """A person deletes the pool: it goes after its pods, whoever is killed meanwhile."""
    if PodPool.objects.filter(name=PASSING).exists():
        delete_pool(SYSTEM, name=PASSING)


ACTS = (scale, scale, scale, roll_out, send_away, die, come_or_go, go_by_and_by)


def new_pool(name: str, most: int) -> PodPool:
    return PodPool.objects.create(name=name, maximum=most, scale_to=most, starts_at_once=most)


def running(pods: list[ObservedPod], pool: PodPool) -> list[ObservedPod]:
    return [pod for pod in pods if pod.pool == pool.name and pod.phase is not Phase.ENDED]


def pools() -> set[str]:
    return set(PodPool.objects.values_list("name", flat=True))


@contextmanager
def successor(crowd: Crowd) -> Iterator[Reconciler]:
    """In this process, by a clock on which the leases in which it may not know everything are over at once."""
    crowd.take_over("successor")
    clock = itertools.count(step=2 * LEASE_SECONDS)
    config = ReconcilerConfig(site_environment(), timedelta(seconds=LEASE_SECONDS), idle_seconds=60)
    made = Reconciler("successor", crowd.place.backend(), ExecutorsWorkload(), config, monotonic=lambda: next(clock))
    made.tick(timezone.now())
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(params=["process", pytest.param("kubernetes", marks=pytest.mark.kube)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    made: Place = OneMachine(tmp_path) if request.param == "process" else Cluster(tmp_path)
    yield made
    made.close()


@pytest.fixture
def crowd(
    transactional_db: None,
    request: pytest.FixtureRequest,
    place: Place,
    tmp_path: Path,
    redis_server: RedisServer,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Crowd:
    # What pods are made of is the same for the processes and for this one.
    settings.POD_BACKEND = place.environment["POD_BACKEND"]
    monkeypatch.setenv("LEASE_SECONDS", str(LEASE_SECONDS))
    return Crowd(place, redis_server, tmp_path, random.Random(request.node.callspec.params["seed"]))


@seeds
def test_reconcilers_are_killed_at_any_moment(crowd: Crowd, seed: int) -> None:
    with crowd.running():
        for _ in range(LIVES):
            crowd.life()
    crowd.settle()


@seeds
def test_a_reconciler_that_is_paused_at_any_moment_does_little_when_it_is_back(crowd: Crowd, seed: int) -> None:
    """Its lease has ended, another leads: what it had begun is all that it still does, and brings no pod too many."""
    with crowd.running():
        paused = crowd.leader()
        for name in STEADY:
            PodPool.objects.filter(name=name).update(
                env={"ROUND": "2"}, scale_to=crowd.luck.randint(0, crowd.place.most)
            )
        crowd.pass_by(LONGEST_LIFE, changes=crowd.luck.randint(1, 3))
        pause_between_commits(paused)
        crowd.until(lambda: crowd.leader() is not paused)
        paused.resume()
        # Unless that one stands still meanwhile, too, and leaves the lease to it again.
        crowd.until(lambda: ANOTHER in paused.log() or crowd.leader() is paused)
        crowd.pass_by(2.0, changes=1000)
    crowd.settle()
