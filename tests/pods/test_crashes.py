"""A reconciler that is killed anywhere: two looks of its successor later nothing is left over and nothing is missing."""

import random

import pytest

from apps.pods.backends.memory import MemoryBackend
from apps.pods.backends.port import ObservedPod, PodSpec
from apps.pods.models import PodPool, ReconcilerLease
from apps.pods.reconciler.loop import Reconciler, ReconcilerConfig
from tests.support.pod_rig import CONFIG
from tests.support.workload import Clock, WrittenWorkload

pytestmark = pytest.mark.django_db

SEEDS = range(20)
WANTED = 6


class Killed(BaseException):
    """As kill -9: nothing of ours handles it."""


class Fatal:
    """A backend that ends the process before or after its n-th act, if it is given an n."""

    def __init__(self, place: MemoryBackend, fatal_act: int, before: bool) -> None:
        self._place = place
        self._left = fatal_act
        self._before = before
        self.limits = place.limits
        self.logs = place.logs
        self.unreachable_namespaces = place.unreachable_namespaces
        self.vanished_reason = place.vanished_reason
        self.close = place.close

    def observe(self) -> list[ObservedPod]:
        return self._place.observe()

    def create(self, name: str, spec: PodSpec) -> None:
        self._reach(self._before)
        self._place.create(name, spec)
        self._reach(not self._before)

    def delete(self, name: str, grace_seconds: int) -> None:
        self._reach(self._before)
        self._place.delete(name, grace_seconds)
        self._reach(not self._before)

    def _reach(self, is_here: bool) -> None:
        if is_here:
            self._left -= 1
            if self._left == 0:
                raise Killed


@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_reconciler_leaves_nothing_over_and_nothing_missing(
    clock: Clock, workload: WrittenWorkload, seed: int
):
    luck = random.Random(seed)
    place = MemoryBackend(clock)
    PodPool.objects.create(name="default", scale_to=WANTED, starts_at_once=WANTED)
    for life in range(5):
        PodPool.objects.update(scale_to=luck.randint(0, WANTED))
        live(place, workload, clock, f"life {life}", fatal_act=luck.randint(1, 4), before=luck.random() < 0.5)
    PodPool.objects.update(scale_to=WANTED)
    end_lease()
    last = Reconciler("last", place, workload, CONFIG, monotonic=clock.seconds)
    for _ in range(2):
        clock.pass_by(10)
        last.tick(clock.now)
    assert len([pod for pod in place.observe() if not pod.stopping and pod.name not in workload.tokens]) == WANTED
    last.close()


def end_lease() -> None:
    """The database's clock is not the test's."""
    ReconcilerLease.objects.update(expires_at=None)


def live(
    place: MemoryBackend, workload: WrittenWorkload, clock: Clock, holder: str, *, fatal_act: int, before: bool
) -> None:
    """One process, from its start to its being killed, or for a minute."""
    end_lease()
    config = ReconcilerConfig(CONFIG.shared, CONFIG.executor_lease / 10, CONFIG.idle_seconds)
    reconciler = Reconciler(holder, Fatal(place, fatal_act, before), workload, config, monotonic=clock.seconds)
    try:
        for _ in range(6):
            clock.pass_by(10)
            reconciler.tick(clock.now)
    except Killed:
        return
    finally:
        # The threads of a process that is gone are gone.
        reconciler._actuator.close()
