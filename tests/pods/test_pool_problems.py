"""What hinders a reconciler in the middle of its work: each trouble stays where it is, and is shown."""

import threading
from collections.abc import Mapping
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from apps.core.access.policy import SYSTEM
from apps.pods.backends.memory import MemoryBackend
from apps.pods.backends.port import BackendUnavailable, ObservedPod, PodRejected, PodSpec
from apps.pods.models import Pod, PodPool, ReconcilerLease
from apps.pods.planning.values import Create
from apps.pods.reconciler import actuator
from apps.pods.reconciler.actuator import MAX_CONCURRENT_CALLS, Actuator
from apps.pods.services import pools
from tests.support.pod_rig import Rig
from tests.support.workload import Clock, WrittenWorkload

pytestmark = pytest.mark.django_db


class Troubled(MemoryBackend):
    """Pods in memory, with the trouble that a test asks for."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        # What making a pod of the pool meets, by the pool's name.
        self.errors: dict[str, Exception] = {}
        self.tried: list[str] = []
        self.hidden: dict[str, str] = {}
        self.away: BackendUnavailable | None = None
        # Pods that are made, but later than anybody waits for.
        self.is_late = False
        self._late: list[tuple[str, PodSpec]] = []

    def observe(self) -> list[ObservedPod]:
        if self.away:
            raise self.away
        return [pod for pod in super().observe() if pod.namespace not in self.hidden]

    def unreachable_namespaces(self) -> Mapping[str, str]:
        return self.hidden

    def create(self, name: str, spec: PodSpec) -> None:
        self.tried.append(name)
        if self.is_late:
            self._late.append((name, spec))
            raise BackendUnavailable("no answer within 10 s")
        if error := self.errors.get(spec.pool):
            raise error
        super().create(name, spec)

    def arrive(self) -> None:
        """What was late is there."""
        self.is_late = False
        for name, spec in self._late:
            super().create(name, spec)


@pytest.fixture
def place(clock: Clock) -> Troubled:
    return Troubled(clock)


@pytest.fixture
def rig(clock: Clock, workload: WrittenWorkload, place: Troubled) -> Rig:
    return Rig(clock, workload, place)


def pool(name: str = "default") -> PodPool:
    return PodPool.objects.get(name=name)


def in_pool(place: MemoryBackend, name: str) -> int:
    return sum(pod.pool == name and not pod.stopping for pod in place.observe())


# -- one pool's trouble is not the others' ----------------------------------------------------------


@pytest.mark.parametrize(
    "error", [PodRejected("exceeded quota: pods=0"), BackendUnavailable("500 InternalError: webhook")]
)
def test_a_pool_that_gets_no_pods_starves_no_other(rig: Rig, place: Troubled, error: Exception):
    PodPool.objects.create(name="a-first", scale_to=1)
    rig.set(scale_to=1)
    place.errors = {"a-first": error}
    rig.ticks(2)
    assert (in_pool(place, "a-first"), in_pool(place, "default")) == (0, 1)
    assert (pool("a-first").problem, pool().problem) == (str(error), "")


@pytest.mark.parametrize(
    "error", [PodRejected("exceeded quota: pods=1"), BackendUnavailable("500 InternalError: webhook")]
)
def test_a_pool_that_has_pods_tries_less_and_less_often_for_more(rig: Rig, place: Troubled, error: Exception):
    rig.come_up(1)
    place.errors = {"default": error}
    place.tried.clear()
    rig.set(scale_to=2, starts_at_once=1)
    rig.ticks(60)
    assert 4 <= len(place.tried) <= 8
    assert (pool().failures, pool().problem) == (len(place.tried), str(error))


def test_a_refusal_is_shown_until_a_pod_that_came_since_works(rig: Rig, place: Troubled):
    rig.come_up(1)
    place.errors = {"default": PodRejected("exceeded quota: pods=1")}
    rig.set(scale_to=2)
    rig.ticks(3)
    place.errors.clear()
    rig.ticks(10)
    assert "quota" in pool().problem
    rig.ticks(10)
    assert (pool().problem, pool().failures) == ("", 0)


def test_a_refusal_is_forgotten_when_long_nothing_was_wanted(rig: Rig, place: Troubled):
    rig.come_up(1)
    place.errors = {"default": PodRejected("exceeded quota: pods=1")}
    rig.set(scale_to=2)
    rig.ticks(3)
    rig.set(scale_to=1)
    rig.ticks(40, seconds=10)
    assert (pool().problem, pool().failures) == ("", 0)


# -- what cannot be seen -----------------------------------------------------------------------------


def test_why_the_place_is_away_is_shown_as_long_as_it_is(rig: Rig, place: Troubled):
    rig.come_up(1)
    place.away = BackendUnavailable("429 TooManyRequests: slow down", 7.0)
    rig.ticks(2)
    assert pool().problem == "429 TooManyRequests: slow down"
    place.away = None
    rig.ticks(1)
    assert pool().problem == ""


def test_what_a_pools_own_pods_suffer_from_says_more_than_that_the_place_is_away(rig: Rig, place: Troubled):
    rig.set(failures=3, problem="ImagePullBackOff")
    place.away = BackendUnavailable("500")
    rig.ticks(1)
    assert pool().problem == "ImagePullBackOff"


def test_pods_of_a_namespace_that_cannot_be_seen_are_not_gone_nor_made_again(rig: Rig, place: Troubled):
    PodPool.objects.create(name="far", namespace="far", scale_to=2)
    rig.ticks(3)
    place.hidden = {"far": "403 Forbidden"}
    place.tried.clear()
    rig.set(scale_to=1)
    rig.ticks(5)
    assert Pod.objects.filter(pool__name="far", ended_at=None).count() == 2
    assert pool("far").problem == "403 Forbidden"
    assert len(place.tried) == in_pool(place, "default") == 1
    place.hidden = {}
    rig.ticks(1)
    assert (in_pool(place, "far"), pool("far").problem) == (2, "")


def test_a_pool_that_is_deleted_stays_as_long_as_nobody_can_see_its_pods(rig: Rig, place: Troubled):
    PodPool.objects.create(name="far", namespace="far", scale_to=1)
    rig.ticks(5)
    pools.delete(SYSTEM, name="far")
    place.hidden = {"far": "403 Forbidden"}
    rig.ticks(5, seconds=20)
    assert pool("far").problem == "403 Forbidden"
    place.hidden = {}
    rig.ticks(5, seconds=20)
    assert not PodPool.objects.filter(name="far").exists()


def test_a_pool_that_is_deleted_stays_as_long_as_nobody_can_see_where_it_was(rig: Rig, place: Troubled):
    PodPool.objects.create(name="far", namespace="far", scale_to=1)
    rig.ticks(5)
    PodPool.objects.filter(name="far").update(namespace="")
    pools.delete(SYSTEM, name="far")
    place.hidden = {"far": "403 Forbidden"}
    rig.ticks(5, seconds=20)
    assert pool("far").deleted_at is not None
    place.hidden = {}
    rig.ticks(5, seconds=20)
    assert not PodPool.objects.filter(name="far").exists()


def test_a_pod_that_was_gone_for_a_look_is_the_same_when_it_is_there_again(rig: Rig, place: Troubled):
    rig.come_up(1)
    (name,) = rig.names()
    before = place._pods
    place._pods = {}
    rig.reconciler.tick(rig.clock.now)
    assert Pod.objects.get(name=name).state == "ended"
    place._pods |= before
    rig.ticks(1)
    # Another was made in its place: one of the two is too many.
    assert Pod.objects.get(name=name).ended_at is None
    rig.ticks(5)
    assert len(rig.names()) == 1


def test_a_place_that_tells_of_a_pod_twice_stops_nobody(rig: Rig, place: Troubled, monkeypatch: pytest.MonkeyPatch):
    rig.set(scale_to=1)
    rig.ticks(1)
    twice = place.observe() * 2
    monkeypatch.setattr(place, "observe", lambda: twice)
    assert rig.reconciler.tick(rig.clock.now).leads


# -- calls whose outcome is unknown, and leases that end ----------------------------------------------


def test_pods_that_are_made_later_than_anybody_waits_for_are_not_made_twice(rig: Rig, place: Troubled):
    rig.set(scale_to=3, maximum=3)
    place.is_late = True
    rig.ticks(10)
    assert len(place.tried) > 3
    place.arrive()
    rig.ticks(30)
    assert len(rig.names()) == 3
    assert Pod.objects.count() == 3


def test_an_executor_that_nobody_drains_any_more_is_told_so_again(rig: Rig, workload: WrittenWorkload):
    rig.come_up(1)
    # As left by one that was killed after it had written the row and before it told Redis.
    workload.tokens = {rig.names()[0]: "old"}
    rig.ticks(1)
    assert workload.tokens == {}


def test_a_clock_that_is_set_back_loses_no_lease(rig: Rig):
    rig.ticks(1)
    ReconcilerLease.objects.update(expires_at=None)
    rig.clock.pass_by(3)
    assert rig.reconciler.tick(rig.clock.now.replace(year=2020)).leads
    assert ReconcilerLease.objects.get().expires_at is not None


class Slow(MemoryBackend):
    """Its calls end when the test says so."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.goes_on = threading.Event()
        self.began = threading.Semaphore(0)

    def create(self, name: str, spec: PodSpec) -> None:
        self.began.release()
        self.goes_on.wait()
        super().create(name, spec)


SPEC = PodSpec(pool="default", revision="r", slots=8)
MANY = 5 * MAX_CONCURRENT_CALLS


@pytest.fixture
def slow(clock: Clock) -> Slow:
    PodPool.objects.create(name=SPEC.pool)
    return Slow(clock)


def test_the_lease_is_looked_after_while_slow_calls_are_under_way(
    slow: Slow, workload: WrittenWorkload, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(actuator, "LEASE_CHECK_SECONDS", 0.01)
    asked: list[int] = []

    def leads() -> bool:
        asked.append(len(slow.observe()))
        if len(asked) == 5:
            slow.goes_on.set()
        return True

    act = Actuator(slow, workload, leads)
    act.carry_out(SPEC, [Create(MANY)])
    assert asked[:5] == [0] * 5
    assert len(slow.observe()) == MANY
    act.close()


def test_who_has_lost_the_lease_begins_no_further_call(slow: Slow, workload: WrittenWorkload):
    answers = iter([True])

    def leads() -> bool:
        if next(answers, False):
            return True
        slow.goes_on.set()
        return False

    act = Actuator(slow, workload, leads)
    act.carry_out(SPEC, [Create(MANY)])
    assert len(slow.observe()) == MAX_CONCURRENT_CALLS
    act.close()


def test_calls_that_are_under_way_when_the_database_goes_away_are_waited_for(slow: Slow, workload: WrittenWorkload):
    answers = iter([True])

    def leads() -> bool:
        if next(answers, False):
            return True
        slow.goes_on.set()
        raise OperationalError("the database is away")

    act = Actuator(slow, workload, leads)
    with pytest.raises(OperationalError):
        act.carry_out(SPEC, [Create(MANY)])
    assert len(slow.observe()) == MAX_CONCURRENT_CALLS
    act.close()


def test_who_has_lost_the_lease_during_a_look_tells_executors_nothing(rig: Rig, place: Troubled):
    rig.come_up(1)
    rig.workload.tokens = {rig.names()[0]: "of the one that leads now"}

    def slow_look() -> list[ObservedPod]:
        ReconcilerLease.objects.update(holder="two", expires_at=timezone.now() + timedelta(minutes=1))
        rig.clock.pass_by(10)
        return MemoryBackend.observe(place)

    place.observe = slow_look  # type: ignore[method-assign]
    rig.reconciler.tick(rig.clock.now)
    assert list(rig.workload.tokens.values()) == ["of the one that leads now"]
