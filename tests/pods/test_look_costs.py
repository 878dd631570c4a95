"""What a look costs the database: as many statements, however many pods and pools there are."""

from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.pods.models import Pod, PodPool
from apps.pods.planning.heartbeats import Heartbeat
from tests.support.pod_rig import Rig
from tests.support.workload import Clock, WrittenWorkload

pytestmark = pytest.mark.django_db

FEW, MANY = (1, 2), (5, 40)


def crowd(clock: Clock, workload: WrittenWorkload, pools: int, each: int) -> Rig:
    """So many pools of so many pods each, all ready; all is known of them."""
    rig = Rig(clock, workload)
    for number in range(pools):
        PodPool.objects.create(name=f"p{number}", maximum=each, scale_to=each, starts_at_once=each)
    rig.ticks(3)
    rig.ticks(3, seconds=20)
    assert Counter(Pod.objects.values_list("state", flat=True)) == {"ready": pools * each}
    return rig


def statements(rig: Rig) -> int:
    with CaptureQueriesContext(connection) as queries:
        rig.ticks(1)
    return len(queries)


@pytest.mark.parametrize(("pools", "each"), [FEW, MANY])
def test_a_look_at_which_nothing_changed_asks_for_pools_and_pods(
    clock: Clock, workload: WrittenWorkload, pools: int, each: int
):
    rig = crowd(clock, workload, pools, each)
    # The lease may be prolonged meanwhile.
    assert min(statements(rig), statements(rig)) == 2


def test_a_look_at_which_all_pods_changed_takes_as_many_statements_for_two_hundred_as_for_two(
    clock: Clock, workload: WrittenWorkload
):
    counts = []
    for pools, each in (FEW, MANY):
        PodPool.objects.all().delete()
        rig = crowd(clock, workload, pools, each)
        found = []
        for busy in (1, 2, 3):
            workload.busy = dict.fromkeys(Pod.objects.values_list("name", flat=True), busy)
            found.append(statements(rig))
        rig.reconciler.close()
        workload.busy = {}
        counts.append(min(found))
    assert counts[0] == counts[1]


def test_what_is_recorded_of_pods_is_what_they_do_now(clock: Clock, workload: WrittenWorkload):
    rig = crowd(clock, workload, 1, 3)
    first, second, third = Pod.objects.order_by("name").values_list("name", flat=True)
    workload.busy = {first: 1, third: 8}
    rig.ticks(1)
    assert dict(Pod.objects.values_list("name", "busy")) == {first: 1, second: 0, third: 8}
    assert list(Pod.objects.exclude(idle_since=None).values_list("name", flat=True)) == [second]


def test_heartbeats_alone_are_no_change(clock: Clock, workload: WrittenWorkload):
    rig = crowd(clock, workload, 1, 2)
    workload.used = dict.fromkeys(rig.names(), Heartbeat(cpu_seconds=1.0, memory=1))
    rig.ticks(1)
    workload.used = dict.fromkeys(rig.names(), Heartbeat(cpu_seconds=1.1, memory=1))
    assert min(statements(rig), statements(rig)) == 2
