"""Which failures of pods put their pool off, and for how long."""

from datetime import timedelta

import pytest

from apps.pods.backends.memory import MemoryBackend
from apps.pods.backends.port import BackendUnavailable, PodSpec
from apps.pods.models import PodPool
from apps.pods.planning import backoff
from apps.pods.reconciler.loop import MAX_PAUSE_SECONDS, TICK_SECONDS
from tests.pods.test_pool_problems import Troubled
from tests.support.pod_rig import Rig
from tests.support.workload import Clock, WrittenWorkload

pytestmark = pytest.mark.django_db


class Busy(MemoryBackend):
    """One that makes no pods, and says when to come again."""

    retry_after: float | None = None
    tries = 0

    def create(self, name: str, spec: PodSpec) -> None:
        self.tries += 1
        raise BackendUnavailable("429 TooManyRequests", self.retry_after)


@pytest.fixture
def rig(clock: Clock, workload: WrittenWorkload) -> Rig:
    return Rig(clock, workload)


@pytest.fixture
def busy(clock: Clock) -> Busy:
    return Busy(clock)


def one_pod(rig: Rig) -> str:
    """Just made, and told of by the place; what it says of itself is up to the test."""
    rig.set(scale_to=1)
    rig.ticks(1)
    (name,) = rig.names()
    return name


def failures(rig: Rig) -> int:
    rig.ticks(1)
    return PodPool.objects.get().failures


def test_a_pod_that_worked_for_some_seconds_only_has_failed(rig: Rig):
    name = one_pod(rig)
    rig.ticks(5)
    rig.backend.end(name, "Error (exit code 1)")
    assert failures(rig) == 1


def test_a_pod_that_worked_for_longer_has_not_failed_to_start(rig: Rig):
    name = one_pod(rig)
    rig.ticks(1, seconds=10)
    rig.backend.end(name, "Error (exit code 1)")
    assert failures(rig) == 0


def test_a_pod_that_never_worked_has_failed_however_long_it_took(rig: Rig):
    name = one_pod(rig)
    rig.workload.silent = {name}
    rig.ticks(1, seconds=60)
    rig.backend.end(name, "Error (exit code 1)")
    assert failures(rig) == 1


def test_a_pod_that_only_starts_ends_no_back_off(rig: Rig):
    name = one_pod(rig)
    rig.workload.silent = {name}
    rig.set(failures=2, problem="ImagePullBackOff", retry_at=rig.clock.now - timedelta(seconds=30))
    assert failures(rig) == 2


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        (60.0, 60.0),
        (None, backoff.INITIAL_SECONDS),
        (0.0, backoff.INITIAL_SECONDS),
        (1e6, backoff.MAX_DELAY.total_seconds()),
    ],
    ids=["a minute", "nothing", "at once", "days"],
)
def test_a_pool_waits_as_long_as_it_was_asked_to(
    clock: Clock, workload: WrittenWorkload, busy: Busy, asked: float | None, seconds: float
):
    rig = Rig(clock, workload, busy)
    rig.set(scale_to=1)
    busy.retry_after = asked
    rig.ticks(1)
    assert PodPool.objects.get().retry_at == clock.now + timedelta(seconds=seconds)


def test_a_pool_that_was_asked_to_wait_makes_no_call_before(clock: Clock, workload: WrittenWorkload, busy: Busy):
    rig = Rig(clock, workload, busy)
    rig.set(scale_to=1)
    busy.retry_after = 60.0
    rig.ticks(60)
    assert busy.tries == 1
    rig.ticks(1)
    assert busy.tries == 2


def test_a_failure_puts_off_its_own_pool_alone(rig: Rig):
    name = one_pod(rig)
    PodPool.objects.create(name="other")
    rig.backend.end(name, "Error (exit code 1)")
    rig.ticks(1)
    assert dict(PodPool.objects.values_list("name", "failures")) == {"default": 1, "other": 0}


def test_the_reconciler_waits_longer_each_time_until_a_look_goes_well(clock: Clock, workload: WrittenWorkload):
    place = Troubled(clock)
    rig = Rig(clock, workload, place)
    place.away = BackendUnavailable("500")
    pauses = [rig.reconciler.tick(clock.now).pause for _ in range(8)]
    assert pauses[0] <= 1.0
    assert MAX_PAUSE_SECONDS / 2 <= pauses[-1] <= MAX_PAUSE_SECONDS
    place.away = None
    assert rig.reconciler.tick(clock.now).pause == TICK_SECONDS
    place.away = BackendUnavailable("500")
    assert rig.reconciler.tick(clock.now).pause <= 1.0
