"""The reconciler against pods in memory and work that the test writes, step by step."""

from collections.abc import Callable

import pytest

from apps.events.models import Event
from apps.pods.backends.memory import MemoryBackend
from apps.pods.backends.port import BackendUnavailable, PodRejected, PodSpec
from apps.pods.models import Pod, PodPool
from apps.pods.planning.heartbeats import Heartbeat
from tests.support.pod_rig import Rig
from tests.support.workload import Clock, WrittenWorkload

pytestmark = pytest.mark.django_db


@pytest.fixture
def rig(clock: Clock, workload: WrittenWorkload) -> Rig:
    return Rig(clock, workload)


def states() -> list[str]:
    return list(Pod.objects.filter(ended_at=None).values_list("state", flat=True))


def test_a_job_brings_a_pod_up_from_zero(rig: Rig):
    rig.ticks(3)
    assert rig.names() == []
    rig.workload.backlog = {"default": 1}
    rig.ticks(1)
    assert len(rig.names()) == 1


def test_a_pod_that_sends_heartbeats_is_ready(rig: Rig):
    rig.come_up(1)
    assert states() == ["ready"]


def test_a_pool_without_work_goes_to_zero_by_way_of_draining(rig: Rig):
    rig.workload.backlog = {"default": 1}
    rig.ticks(3)
    rig.workload.backlog = {}
    rig.ticks(30)
    assert len(rig.names()) == 1
    seen = set()
    for _ in range(60):
        rig.ticks(1)
        seen.update(states())
    assert rig.names() == []
    assert {"ready", "draining", "stopping"} <= seen


def test_a_busy_pod_drains_but_is_not_deleted(rig: Rig):
    rig.come_up(1)
    name = rig.names()[0]
    rig.workload.busy = {name: 1}
    rig.set(scale_to=0)
    rig.ticks(30)
    assert rig.names() == [name]
    assert states() == ["draining"]
    rig.workload.busy = {}
    rig.ticks(3)
    assert rig.names() == []


def test_a_pod_that_sql_calls_busy_is_busy_though_it_says_nothing_of_it(rig: Rig):
    rig.come_up(2)
    first, _ = rig.names()
    rig.workload.busy = {first: 1}
    rig.set(scale_to=1)
    rig.ticks(5)
    assert rig.names() == [first]


def test_work_that_comes_back_takes_a_draining_pod_back(rig: Rig):
    rig.come_up(1)
    name = rig.names()[0]
    rig.workload.busy = {name: 1}
    rig.set(scale_to=0)
    rig.ticks(2)
    rig.set(scale_to=1)
    rig.ticks(2)
    assert (rig.names(), states(), rig.workload.tokens) == ([name], ["ready"], {})


def test_nothing_is_scaled_down_in_the_first_two_leases_of_a_redis_run(rig: Rig):
    rig.come_up(2)
    rig.workload.mark = "run:2"
    rig.set(scale_to=0)
    rig.ticks(29)
    assert states() == ["ready", "ready"]
    rig.ticks(5)
    assert "ready" not in states()


def test_nothing_is_scaled_down_while_redis_is_away(rig: Rig):
    rig.come_up(2)
    rig.workload.away = True
    rig.set(scale_to=0)
    rig.ticks(40, seconds=20)
    assert states() == ["ready", "ready"]


def test_a_drain_that_redis_has_lost_is_said_again(rig: Rig):
    rig.come_up(1)
    rig.workload.busy = {rig.names()[0]: 1}
    rig.set(scale_to=0)
    rig.ticks(1)
    told = dict(rig.workload.tokens)
    rig.workload.tokens.clear()
    rig.ticks(1)
    assert rig.workload.tokens == told != {}


def test_a_pod_whose_heartbeat_stops_is_replaced(rig: Rig):
    rig.come_up(1)
    first = rig.names()[0]
    rig.workload.silent = {first}
    rig.ticks(3)
    assert len(rig.names()) == 1
    assert rig.names() != [first]
    assert Pod.objects.get(name=first).reason == "its heartbeat stopped"


def test_a_pod_that_dies_is_replaced_at_once(rig: Rig):
    rig.come_up(1)
    first = rig.names()[0]
    rig.backend.end(first, "OOMKilled")
    rig.ticks(3)
    assert len(rig.names()) == 1
    assert Pod.objects.get(name=first).reason == "OOMKilled"
    assert PodPool.objects.get().failures == 0


def test_a_pod_that_is_gone_has_no_jobs(rig: Rig):
    rig.come_up(1)
    first = rig.names()[0]
    rig.workload.busy = {first: 8}
    rig.ticks(1)
    rig.backend.end(first, "OOMKilled")
    rig.ticks(3)
    assert (Pod.objects.get(name=first).state, Pod.objects.get(name=first).busy) == ("ended", 0)


def test_pods_that_die_young_are_tried_less_and_less_often(rig: Rig):
    rig.set(scale_to=1)
    tries = set()
    for _ in range(60):
        rig.ticks(1)
        for name in rig.names():
            tries.add(name)
            rig.backend.end(name, "CrashLoopBackOff")
    pool = PodPool.objects.get()
    assert 4 <= len(tries) <= 8
    assert (pool.failures, pool.problem) == (len(tries), "CrashLoopBackOff")


def test_a_pod_that_works_ends_the_back_off(rig: Rig):
    rig.set(failures=5, problem="CrashLoopBackOff", scale_to=1)
    rig.ticks(20)
    pool = PodPool.objects.get()
    assert (pool.failures, pool.retry_at, pool.problem) == (0, None, "")


def test_a_pod_that_is_deleted_by_hand_is_replaced_and_told(rig: Rig):
    rig.come_up(1)
    first = rig.names()[0]
    rig.backend.delete(first, 0)
    rig.ticks(4)
    assert len(rig.names()) == 1
    ended = Pod.objects.get(name=first)
    assert ended.ended_at is not None
    assert ended.reason == "deleted from outside"


def test_why_a_pod_was_told_to_end_stays_though_its_end_is_seen(rig: Rig):
    rig.come_up(1)
    first = rig.names()[0]
    Pod.objects.update(state="stopping", reason="drained")
    rig.backend.delete(first, 30)
    rig.backend.end(first, "Completed")
    rig.ticks(4)
    assert Pod.objects.get(name=first).reason == "drained"


def test_pods_are_adopted_by_the_next_reconciler(rig: Rig):
    rig.come_up(2)
    before = rig.names()
    rig.reconciler.close()
    rig.reconciler = rig.new("two")
    rig.ticks(40)
    assert rig.names() == before


def test_only_one_reconciler_leads(rig: Rig):
    rig.ticks(1)
    assert not rig.new("two").tick(rig.clock.now).leads


def test_pods_that_nobody_recorded_are_adopted(rig: Rig):
    rig.set(scale_to=1)
    rig.reconciler.tick(rig.clock.now)
    Pod.objects.all().delete()
    rig.ticks(3)
    assert Pod.objects.get().name == rig.names()[0]


def test_where_a_pod_is_to_be_found_is_recorded(rig: Rig):
    rig.set(scale_to=1, namespace="batch")
    rig.ticks(2)
    assert Pod.objects.get().namespace == "batch"


def test_orphans_of_a_pool_that_is_gone_are_removed(rig: Rig):
    rig.come_up(1)
    rig.backend.create("orphan", PodSpec(pool="gone", revision="r", slots=1))
    rig.ticks(5)
    assert "orphan" not in rig.names()


def test_an_orphan_with_running_work_ends_after_it(rig: Rig):
    rig.come_up(1)
    rig.backend.create("orphan", PodSpec(pool="gone", revision="r", slots=1))
    rig.workload.busy = {"orphan": 1}
    rig.ticks(20)
    assert "orphan" in rig.names()
    rig.workload.busy = {}
    rig.ticks(3)
    assert "orphan" not in rig.names()


def test_a_changed_pool_is_rolled_out_pod_by_pod(rig: Rig):
    rig.come_up(3)
    before = set(rig.names())
    rig.set(image="base-shift/job-executor:v1.0.1")
    most = 0
    for _ in range(40):
        rig.ticks(1)
        draining = set(Pod.objects.filter(state="draining").values_list("name", flat=True))
        most = max(most, len(set(rig.names()) - draining))
    assert not before & set(rig.names())
    assert (len(rig.names()), most) == (3, 4)


def test_a_pod_that_a_person_drains_is_replaced(rig: Rig):
    rig.come_up(1)
    first = rig.names()[0]
    Pod.objects.update(leaving=True)
    rig.ticks(5)
    assert len(rig.names()) == 1
    assert rig.names() != [first]


def test_a_cordoned_pool_keeps_its_pods_and_takes_nothing(rig: Rig):
    rig.come_up(2)
    before = rig.names()
    rig.set(cordoned=True)
    rig.ticks(5)
    assert (rig.names(), set(rig.workload.tokens)) == (before, set(before))
    rig.set(cordoned=False)
    rig.ticks(3)
    assert (states(), rig.workload.tokens) == (["ready", "ready"], {})


def test_what_happens_to_pods_is_told_in_events(rig: Rig):
    rig.come_up(1)
    rig.set(scale_to=0)
    rig.ticks(5)
    kinds = list(Event.objects.order_by("id").values_list("type", flat=True))
    assert kinds == [f"baseshift.pod.{kind}" for kind in ("created", "ready", "deleted")]
    assert set(Event.objects.values_list("key", flat=True)) == {"default"}


class Failing(MemoryBackend):
    """One that answers with an error as long as it is told to."""

    error: Exception | None = None

    def create(self, name: str, spec: PodSpec) -> None:
        if self.error:
            raise self.error
        super().create(name, spec)


def test_a_refusal_is_shown_and_tried_again_later(clock: Clock, workload: WrittenWorkload):
    backend = Failing(clock)
    rig = Rig(clock, workload, backend)
    backend.error = PodRejected("exceeded quota: pods=3")
    rig.set(scale_to=1)
    rig.ticks(2)
    assert PodPool.objects.get().problem == "exceeded quota: pods=3"
    backend.error = None
    rig.ticks(10)
    assert len(rig.names()) == 1


@pytest.mark.parametrize(("retry_after", "pause"), [(7.0, lambda s: s == 7.0), (None, lambda s: 0.5 <= s <= 1.0)])
def test_a_place_that_is_away_is_given_time(
    clock: Clock, workload: WrittenWorkload, retry_after: float | None, pause: Callable[[float], bool]
):
    backend = Failing(clock)
    rig = Rig(clock, workload, backend)
    backend.error = BackendUnavailable("429", retry_after)
    rig.set(scale_to=1)
    assert pause(rig.reconciler.tick(clock.now).pause)


def test_a_quiet_look_writes_nothing(rig: Rig, django_assert_num_queries):
    rig.come_up(3)
    rig.reconciler.tick(rig.clock.now)
    with django_assert_num_queries(2):
        rig.reconciler.tick(rig.clock.now)


def test_jobs_are_measured_while_a_pool_is_scaled_by_hand(rig: Rig):
    rig.come_up(1)
    (name,) = rig.names()
    for done in range(1, 5):
        rig.workload.used[name] = Heartbeat(done=10 * done, slot_seconds=20.0 * done)
        rig.ticks(1)
    assert PodPool.objects.get().service_seconds == pytest.approx(2.0, rel=0.2)


def test_the_event_of_a_pods_making_has_the_time_of_its_making(rig: Rig):
    rig.come_up(1)
    told = Event.objects.get(type="baseshift.pod.created")
    assert told.time == Pod.objects.get().created_at
