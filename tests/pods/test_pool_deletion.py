"""A pool that is deleted goes after its last pod, wherever pods run and whoever reconciles."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from apps.core.access.policy import SYSTEM
from apps.events.models import Event
from apps.pods.models import Pod, PodPool
from apps.pods.reconciler.loop import Reconciler, ReconcilerConfig
from apps.pods.services import pools
from apps.pods.spec.site_environment import SiteEnvironment
from tests.pods.worlds import MemoryWorld, ProcessWorld, World
from tests.support.kube import KubernetesWorld, kubeconfig
from tests.support.pod_rig import Rig
from tests.support.workload import Clock, WrittenWorkload

pytestmark = pytest.mark.django_db
# A lease short enough for all of it in one test.
CONFIG = ReconcilerConfig(shared=SiteEnvironment({}), executor_lease=timedelta(seconds=1), idle_seconds=60)
# Kubernetes takes pods no faster while the machine is busy.
PATIENCE = 120.0


class Place:
    """A reconciler where pods run, and time as it passes there."""

    def __init__(self, world: World, workload: WrittenWorkload, clock: Clock | None) -> None:
        self.world, self._workload, self._clock = world, workload, clock
        self.reconciler = self._new("one")

    def _new(self, holder: str) -> Reconciler:
        monotonic = self._clock.seconds if self._clock else time.monotonic
        return Reconciler(holder, self.world.second(), self._workload, CONFIG, monotonic=monotonic)

    def restart(self) -> None:
        """Another reconciler takes over, who knows nothing."""
        self.reconciler.close()
        self.reconciler = self._new("two")

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < deadline, Pod.objects.values_list("name", "state", "reason")
            self.world.turn()
            if self._clock:
                self._clock.pass_by(0.2)
            self.reconciler.tick(self.world.now())


@pytest.fixture(params=["memory", "process", pytest.param("kubernetes", marks=pytest.mark.kube)])
def place(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock, workload: WrittenWorkload) -> Iterator[Place]:
    if request.param == "kubernetes":
        made = Place(KubernetesWorld(kubeconfig()), workload, None)
    else:
        world = MemoryWorld(clock) if request.param == "memory" else ProcessWorld(clock, tmp_path / "pods")
        made = Place(world, workload, clock)
    yield made
    made.reconciler.close()
    made.world.close()


def states(pool: str = "gpu") -> dict[str, str]:
    """Those of the pool's pods that have not ended."""
    return dict(Pod.objects.filter(pool__name=pool, ended_at=None).values_list("name", "state"))


def is_there(pool: str = "gpu") -> bool:
    return PodPool.objects.filter(name=pool).exists()


def delete() -> None:
    left = pools.delete(SYSTEM, name="gpu")
    assert left is not None
    assert left.deleted_at is not None


def test_a_pool_goes_once_its_pods_have_finished_what_they_had(place: Place, workload: WrittenWorkload):
    pools.create(SYSTEM, fields={"name": "gpu", "minimum": 2})
    place.until(lambda: list(states().values()) == ["ready", "ready"])
    busy = min(states())
    workload.busy, workload.backlog = {busy: 1}, {"gpu": 50}
    delete()
    place.until(lambda: states() == {busy: "draining"})
    place.restart()
    workload.busy = {}
    place.until(lambda: not is_there())
    assert [pod for pod in place.world.backend.observe() if pod.pool == "gpu"] == []
    assert not Pod.objects.filter(name=busy).exists()


# -- step by step ------------------------------------------------------------------------------------


@pytest.fixture
def rig(clock: Clock, workload: WrittenWorkload) -> Rig:
    made = Rig(clock, workload)
    made.ticks(3, seconds=20)
    return made


def come_up(rig: Rig, count: int, **fields: object) -> None:
    """So many pods of the pool, ready, by hand."""
    PodPool.objects.create(name="gpu", scale_to=count, **fields)
    rig.ticks(5)
    assert list(states().values()) == ["ready"] * count


@pytest.mark.parametrize("fields", [{"minimum": 2}, {"cordoned": True}, {"starts_at_once": 1, "surge": 3}])
def test_nothing_that_the_pool_says_keeps_pods(rig: Rig, fields: dict[str, object]):
    come_up(rig, 2)
    PodPool.objects.filter(name="gpu").update(**fields)
    rig.ticks(2)
    rig.workload.backlog = {"gpu": 1000}
    delete()
    rig.ticks(5)
    assert (is_there(), [pod.name for pod in rig.backend.observe()]) == (False, [])


def test_pods_that_have_not_come_up_are_not_waited_for(rig: Rig):
    PodPool.objects.create(name="gpu", scale_to=3)
    rig.ticks(2)
    rig.workload.silent = set(states())
    delete()
    rig.ticks(3)
    assert not is_there()


def test_each_pods_end_is_told_though_its_pool_is_gone(rig: Rig):
    come_up(rig, 2)
    names = set(states())
    delete()
    rig.ticks(5)
    told = Event.objects.filter(type="baseshift.pod.deleted", key="gpu").values_list("subject", flat=True)
    assert (is_there(), set(told)) == (False, names)


def test_a_pool_stays_while_it_is_not_known_what_its_pods_do(rig: Rig):
    come_up(rig, 1)
    rig.workload.away = True
    delete()
    rig.ticks(5)
    assert list(states().values()) == ["ready"]
    rig.workload.away = False
    rig.ticks(1)
    rig.ticks(5, seconds=20)
    assert not is_there()


def test_a_pod_that_is_there_though_nobody_recorded_it_is_waited_for(rig: Rig):
    """Its reconciler was killed between making it and looking again."""
    come_up(rig, 1)
    Pod.objects.filter(pool__name="gpu").delete()
    PodPool.objects.filter(name="gpu").update(deleted_at=rig.clock.now)
    rig.workload.busy = {pod.name: 1 for pod in rig.backend.observe()}
    rig.ticks(5)
    assert list(states().values()) == ["draining"]
    rig.workload.busy = {}
    rig.ticks(5)
    assert not is_there()


def test_a_pool_goes_whose_pods_had_ended_before_its_reconciler_was_killed(rig: Rig):
    PodPool.objects.create(name="gpu", deleted_at=rig.clock.now)
    rig.ticks(1)
    assert not is_there()


def test_another_pool_of_the_name_takes_up_its_work(rig: Rig):
    come_up(rig, 1)
    rig.workload.backlog = {"gpu": 1}
    delete()
    rig.ticks(5)
    pools.create(SYSTEM, fields={"name": "gpu"})
    rig.ticks(3)
    assert list(states().values()) == ["ready"]
