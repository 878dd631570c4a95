"""What pods use, as the reconciler adds it up from their heartbeats."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.pods.models import PodPool, PoolUsage, ReconcilerLease
from apps.pods.planning import quantities
from apps.pods.planning.heartbeats import Heartbeat
from apps.pods.services.advice import advise
from tests.support.pod_rig import Rig
from tests.support.workload import Clock, WrittenWorkload

pytestmark = pytest.mark.django_db

MIB = 2**20
# By then what was used is written.
LONG = 31


class Pods:
    """Executors that work as the test says: each second of a slot takes a tenth of a CPU, with a job a second."""

    def __init__(self, rig: Rig, count: int) -> None:
        self.rig = rig
        rig.come_up(count)
        self.used = rig.workload.used
        self.rest(1, memory=50)

    def work(self, seconds: int, slots: int = 1, memory: int = 50) -> None:
        self._go_on(seconds, 0.1 * slots, slots, memory)

    def rest(self, seconds: int, memory: int = 50) -> None:
        """An idle one takes a hundredth of a CPU."""
        self._go_on(seconds, 0.01, 0, memory)

    def measured(self) -> PoolUsage:
        """Of all that was done so far, which is written sooner or later."""
        self.rest(LONG)
        return PoolUsage.objects.get()

    def _go_on(self, seconds: int, cpu: float, slots: int, memory: int) -> None:
        for _ in range(seconds):
            for name in self.rig.names():
                last = self.used.get(name, Heartbeat())
                self.used[name] = Heartbeat(
                    done=last.done + slots,
                    slot_seconds=last.slot_seconds + slots,
                    cpu_seconds=last.cpu_seconds + cpu,
                    memory=max(last.memory, memory * MIB),
                )
            self.rig.ticks(1)


@pytest.fixture
def rig(clock: Clock, workload: WrittenWorkload) -> Rig:
    return Rig(clock, workload)


def test_what_pods_do_and_use_is_added_up(rig: Rig):
    pods = Pods(rig, 2)
    pods.work(10, slots=3)
    use = pods.measured()
    assert use.jobs == 2 * 3 * 10
    assert use.slot_seconds == pytest.approx(2 * 3 * 10)
    assert use.cpu_seconds == pytest.approx(2 * 0.3 * 10)
    assert use.work_seconds == pytest.approx(2 * 10)
    assert use.memory_bytes == 50 * MIB


def test_what_idle_pods_use_is_kept_apart(rig: Rig):
    pods = Pods(rig, 1)
    pods.work(1)
    before = pods.measured()
    pods.rest(50)
    pods.work(10)
    after = pods.measured()
    idle = after.idle_seconds - before.idle_seconds
    assert idle >= 50
    assert after.idle_cpu_seconds - before.idle_cpu_seconds == pytest.approx(0.01 * idle)
    assert after.cpu_seconds == pytest.approx(0.1 * 11)


def test_it_is_written_seldom(rig: Rig):
    pods = Pods(rig, 3)
    with CaptureQueriesContext(connection) as queries:
        pods.work(120)
    writes = [one["sql"] for one in queries if "poolusage" in one["sql"].lower()]
    assert 3 <= len(writes) <= 5


def test_pods_that_are_idle_cause_no_writing(rig: Rig):
    pods = Pods(rig, 3)
    with CaptureQueriesContext(connection) as queries:
        pods.rest(120)
    assert [one["sql"] for one in queries if "poolusage" in one["sql"].lower()] == []


def test_more_memory_than_ever_is_written_at_once(rig: Rig):
    pods = Pods(rig, 1)
    pods.rest(1, memory=90)
    assert PoolUsage.objects.get().memory_bytes == 90 * MIB


def test_a_restarted_reconciler_counts_nothing_twice(rig: Rig):
    pods = Pods(rig, 2)
    pods.work(10)
    assert pods.measured().jobs == 2 * 10
    rig.reconciler.close()
    rig.reconciler = rig.new("two")
    rig.ticks(1)
    pods.work(10)
    assert pods.measured().jobs == 2 * 20


def test_what_another_counted_who_led_meanwhile_is_not_counted_again(rig: Rig):
    pods = Pods(rig, 1)
    pods.work(10)
    assert pods.measured().jobs == 10
    first, rig.reconciler = rig.reconciler, rig.new("two")
    ReconcilerLease.objects.update(expires_at=None)
    rig.ticks(1)
    pods.work(10)
    assert pods.measured().jobs == 20
    assert not first.tick(rig.clock.now).leads
    rig.reconciler.close()
    rig.reconciler = first
    rig.ticks(1)
    pods.work(10)
    assert pods.measured().jobs == 30


@pytest.mark.parametrize("change", [{"image": "other:v2"}, {"slots": 4}, {"env": {"MODEL": "large"}}])
def test_a_pool_that_changes_is_measured_anew(rig: Rig, change: dict[str, object]):
    pods = Pods(rig, 1)
    pods.work(10, memory=500)
    assert pods.measured().jobs == 10
    rig.set(**change)
    assert advise(PodPool.objects.get()) is None
    rig.ticks(40)
    pods.rest(1)
    pods.work(5)
    use = pods.measured()
    assert (use.memory_bytes, use.jobs) == (50 * MIB, 5)


def test_a_pool_that_may_use_more_is_measured_on(rig: Rig):
    pods = Pods(rig, 1)
    pods.work(10)
    assert pods.measured().jobs == 10
    rig.set(resources={"requests": {"memory": "1Gi"}})
    rig.ticks(40)
    pods.rest(1)
    pods.work(5)
    assert pods.measured().jobs == 15


def test_a_pod_that_was_ended_for_its_memory_has_held_all_that_it_was_allowed(rig: Rig):
    pods = Pods(rig, 1)
    pods.work(1)
    rig.backend.end(rig.names()[0], "OOMKilled (exit code 137)")
    rig.ticks(1)
    assert PoolUsage.objects.get().memory_bytes == 128 * MIB
    PoolUsage.objects.update(jobs=1000)
    advice = advise(PodPool.objects.get())
    assert advice is not None
    assert quantities.parse(advice.resources[0].limit.recommended) > 128 * MIB


def test_what_pods_did_while_redis_was_away_is_counted_when_it_is_back(rig: Rig):
    pods = Pods(rig, 1)
    rig.workload.away = True
    pods.work(10)
    rig.workload.away = False
    assert pods.measured().jobs == 10


def test_a_pool_of_which_nothing_is_known_gets_no_advice(rig: Rig):
    assert advise(PodPool.objects.get()) is None


def test_advice_comes_with_the_pool_in_one_statement(rig: Rig, django_assert_num_queries):
    Pods(rig, 1).work(60, slots=8)
    with django_assert_num_queries(1):
        (advice,) = map(advise, PodPool.objects.select_related("usage"))
    assert advice is not None
    assert [one.resource for one in advice.resources] == ["memory", "cpu"]
    # A tenth of a CPU in each of eight slots.
    assert advice.resources[1].request.recommended == "800m"
