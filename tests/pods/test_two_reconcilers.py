"""One who is stopped in the middle of its calls, and one who leads meanwhile: what they do together is not too much."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.pods.backends.memory import MemoryBackend
from apps.pods.backends.port import BackendUnavailable, ObservedPod, PodSpec
from apps.pods.models import Pod, PodPool, ReconcilerLease
from apps.pods.reconciler import pod_records
from apps.pods.reconciler.loop import Reconciler
from tests.pods.test_pool_problems import in_pool
from tests.support.pod_rig import Rig
from tests.support.workload import Clock, WrittenWorkload

pytestmark = pytest.mark.django_db


class Stopped(MemoryBackend):
    """Calls to it are made, but later than anybody waits for, while ``stops`` is set."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.stops = False
        # Names that somebody else's pods have, which are not seen.
        self.strangers: set[str] = set()
        self._made: list[tuple[str, PodSpec]] = []
        self._ended: list[str] = []

    def create(self, name: str, spec: PodSpec) -> None:
        if self.stops:
            self._made.append((name, spec))
            raise BackendUnavailable("no answer within 10 s")
        if name not in self.strangers:
            super().create(name, spec)

    def delete(self, name: str, grace_seconds: int) -> None:
        if self.stops:
            self._ended.append(name)
            raise BackendUnavailable("no answer within 10 s")
        super().delete(name, grace_seconds)

    def go_on(self) -> None:
        """What was begun is done."""
        self.stops = False
        for name, spec in self._made:
            self.create(name, spec)
        for name in self._ended:
            self.delete(name, 30)


@pytest.fixture
def place(clock: Clock) -> Stopped:
    return Stopped(clock)


@pytest.fixture
def rig(clock: Clock, workload: WrittenWorkload, place: Stopped) -> Rig:
    return Rig(clock, workload, place)


@pytest.fixture
def other(rig: Rig) -> Iterator[Reconciler]:
    made = rig.new("two")
    yield made
    made.close()


def taken_over(rig: Rig, other: Reconciler) -> None:
    """The lease of the one that was stopped has ended, and another has had its looks."""
    ReconcilerLease.objects.update(expires_at=None)
    for _ in range(3):
        rig.clock.pass_by(1)
        assert other.tick(rig.clock.now).leads


def test_pods_that_two_make_at_once_are_no_more_than_the_maximum(rig: Rig, place: Stopped, other: Reconciler):
    rig.set(scale_to=8, maximum=8, starts_at_once=8)
    place.stops = True
    rig.ticks(1)
    place.stops = False
    rig.set(failures=0, retry_at=None)
    taken_over(rig, other)
    assert len(rig.names()) == 8
    place.go_on()
    assert len(rig.names()) == 8


def test_a_pod_whose_end_was_begun_is_not_taken_back(rig: Rig, place: Stopped, other: Reconciler):
    rig.come_up(1)
    (name,) = rig.names()
    rig.set(scale_to=0)
    rig.ticks(1)
    place.stops = True
    rig.ticks(1)
    place.stops = False
    rig.set(scale_to=1, failures=0, retry_at=None)
    taken_over(rig, other)
    assert rig.workload.tokens.keys() == {name}
    assert len(rig.names()) == 2
    place.go_on()
    assert name not in rig.names()


def test_a_name_that_somebody_elses_pod_has_is_passed_over(rig: Rig, place: Stopped):
    place.stops = True
    rig.set(scale_to=1)
    rig.ticks(1)
    place.strangers = {name for name, _ in place._made}
    place.go_on()
    rig.ticks(3)
    assert len(rig.names()) == 1
    assert not place.strangers & set(rig.names())


def test_rows_of_pods_that_ended_long_ago_go_and_their_names_do_not_come_again(rig: Rig):
    rig.come_up(3)
    before = set(rig.names())
    rig.set(scale_to=0)
    rig.ticks(5)
    Pod.objects.filter(name__in=before).update(ended_at=rig.clock.now - pod_records.RETENTION)
    rig.set(scale_to=3)
    rig.ticks(3, seconds=700)
    assert not Pod.objects.filter(name__in=before).exists()
    assert len(rig.names()) == 3
    assert not before & set(rig.names())


def test_who_has_lost_the_lease_during_a_look_records_nothing(rig: Rig, place: Stopped):
    rig.come_up(1)

    def slow_look() -> list[ObservedPod]:
        ReconcilerLease.objects.update(holder="two", expires_at=timezone.now() + timedelta(minutes=1))
        rig.clock.pass_by(10)
        return []

    place.observe = slow_look  # type: ignore[method-assign]
    rig.reconciler.tick(rig.clock.now)
    assert Pod.objects.get().state == "ready"


def test_who_loses_the_lease_between_two_pools_leaves_the_second_alone(
    rig: Rig, place: Stopped, monkeypatch: pytest.MonkeyPatch
):
    rig.come_up(1)
    PodPool.objects.create(name="a-first", scale_to=1)
    rig.set(scale_to=0)
    make = place.create

    def make_slowly(name: str, spec: PodSpec) -> None:
        make(name, spec)
        rig.clock.pass_by(10)

    monkeypatch.setattr(place, "create", make_slowly)
    ReconcilerLease.objects.update(holder="two", expires_at=timezone.now() + timedelta(minutes=1))
    rig.reconciler.tick(rig.clock.now)
    assert in_pool(place, "a-first") == 1
    assert Pod.objects.filter(pool__name="default").values_list("state", "drain_token").get() == ("ready", "")


def test_a_clock_that_is_set_back_lets_no_pool_wait_longer(rig: Rig):
    rig.set(scale_to=1, failures=1, problem="quota", retry_at=rig.clock.now + timedelta(hours=1))
    rig.ticks(1)
    assert len(rig.names()) == 1


def test_nobody_makes_pods_of_a_pool_that_is_being_deleted(rig: Rig, place: Stopped, monkeypatch: pytest.MonkeyPatch):
    PodPool.objects.create(name="passing", scale_to=1)
    look = place.observe

    def look_late() -> list[ObservedPod]:
        PodPool.objects.filter(name="passing").delete()
        return look()

    monkeypatch.setattr(place, "observe", look_late)
    rig.ticks(1)
    assert rig.names() == []
