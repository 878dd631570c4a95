"""What the reconciler makes of the work that it sees: how many pods, and since when."""

import pytest

from apps.pods.backends.port import PodSpec
from apps.pods.models import Pod, PodPool
from apps.pods.planning.heartbeats import Heartbeat
from tests.support.pod_rig import LEASE, Rig
from tests.support.workload import Clock, WrittenWorkload

pytestmark = pytest.mark.django_db

TWO_LEASES = int(2 * LEASE.total_seconds())


@pytest.fixture
def rig(clock: Clock, workload: WrittenWorkload) -> Rig:
    return Rig(clock, workload)


@pytest.mark.parametrize(("seconds", "pods"), [(1, 2), (7, 4)])
def test_the_time_that_pods_take_to_start_is_taken_off_the_wait(rig: Rig, seconds: int, pods: int):
    """80 jobs of a second within 10 s, less one between two looks, less the start: in 8 s 10 slots do, in 2.5 s 32."""
    rig.set(service_seconds=1.0, scale_to=1, starts_at_once=10)
    rig.ticks(1)
    rig.workload.silent = set(rig.names())
    rig.ticks(1, seconds=seconds - 0.5)
    rig.workload.silent = set()
    rig.ticks(1, seconds=0.5)
    rig.set(scale_to=None)
    rig.workload.backlog = {"default": 80}
    rig.ticks(1)
    assert len(rig.names()) == pods


@pytest.mark.parametrize(("own", "kept"), [(5.0, 0), (None, 1)])
def test_a_pools_own_idle_time_goes_before_the_installations(rig: Rig, own: float | None, kept: int):
    rig.set(idle_seconds=own)
    rig.workload.backlog = {"default": 1}
    rig.ticks(3)
    rig.ticks(3, seconds=LEASE.total_seconds())
    rig.workload.backlog = {}
    rig.ticks(12)
    assert len(rig.names()) == kept


def test_a_reconciler_that_begins_while_redis_is_away_keeps_what_is_there(rig: Rig):
    rig.come_up(3)
    before = rig.names()
    rig.set(scale_to=None, minimum=1)
    rig.workload.away = True
    rig.reconciler.close()
    rig.reconciler = rig.new("two")
    rig.ticks(5, seconds=30)
    assert rig.names() == before


def test_a_pool_has_its_minimum_though_redis_is_away(rig: Rig):
    rig.workload.away = True
    rig.set(minimum=2)
    rig.ticks(3)
    assert len(rig.names()) == 2


def test_a_pod_that_ended_is_replaced_though_another_cannot_be_told_to_drain(rig: Rig):
    rig.come_up(2)
    first, second = rig.names()
    rig.workload.away = True
    Pod.objects.filter(name=first).update(leaving=True)
    rig.backend.end(second, "OOMKilled")
    rig.ticks(3)
    assert second not in rig.names()
    assert len(rig.names()) == 3
    assert rig.workload.tokens == {}
    rig.workload.away = False
    rig.ticks(1)
    assert rig.workload.tokens.keys() == {first}


def test_what_executors_did_is_counted_once(rig: Rig):
    """A hundred jobs of a second, and one that goes on for as long as all of them."""
    rig.come_up(1)
    (name,) = rig.names()
    rig.workload.used[name] = Heartbeat(done=100, slot_seconds=100.0)
    rig.ticks(1)
    for second in range(1, 101):
        rig.workload.used[name] = Heartbeat(done=100, slot_seconds=100.0 + second)
        rig.ticks(1)
    assert PodPool.objects.get().service_seconds > 1.5


def test_no_orphan_ends_before_it_is_known_who_is_busy(rig: Rig):
    rig.backend.create("orphan", PodSpec(pool="gone", revision="r", slots=1))
    rig.ticks(TWO_LEASES)
    assert "orphan" in rig.names()
    rig.ticks(5)
    assert "orphan" not in rig.names()
