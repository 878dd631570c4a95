"""What is written of what was seen, and told of it in events."""

from dataclasses import replace

import pytest

from apps.events.models import Event
from apps.pods.backends.port import DELETED_EXTERNALLY, Phase
from apps.pods.models import Pod
from tests.pods.test_pool_problems import Troubled
from tests.support.pod_rig import Rig
from tests.support.workload import Clock, WrittenWorkload

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(clock: Clock) -> Troubled:
    return Troubled(clock)


@pytest.fixture
def rig(clock: Clock, workload: WrittenWorkload, place: Troubled) -> Rig:
    return Rig(clock, workload, place)


def told() -> list[str]:
    return [kind.rpartition(".")[2] for kind in Event.objects.order_by("id").values_list("type", flat=True)]


def test_work_that_comes_and_goes_is_no_event(rig: Rig):
    rig.come_up(1)
    for busy in (1, 2, 0):
        rig.workload.busy = dict.fromkeys(rig.names(), busy)
        rig.ticks(1)
    assert told() == ["created", "ready"]


def test_a_pod_that_is_replaced_is_told_once_as_unhealthy_and_once_as_deleted(rig: Rig):
    rig.come_up(1)
    (first,) = rig.names()
    rig.workload.silent = {first}
    rig.ticks(10)
    of_first = [event.type for event in Event.objects.order_by("id") if event.data["pod"] == first]
    assert [kind.rpartition(".")[2] for kind in of_first] == ["created", "ready", "unhealthy", "deleted"]


def test_why_a_pod_was_deleted_is_kept_and_told(rig: Rig):
    rig.come_up(1)
    rig.set(scale_to=0)
    rig.ticks(5)
    assert (Pod.objects.get().state, Pod.objects.get().reason) == ("ended", "drained")
    assert Event.objects.get(type="baseshift.pod.deleted").data["reason"] == "drained"


def test_a_pod_that_is_told_to_end_is_shown_so_at_once(rig: Rig):
    rig.come_up(1)
    rig.set(scale_to=0)
    rig.ticks(2)
    assert (Pod.objects.get().state, Pod.objects.get().reason) == ("stopping", "drained")


def test_a_pod_that_is_gone_without_a_word_was_deleted_from_outside(rig: Rig, place: Troubled):
    rig.come_up(1)
    (first,) = rig.names()
    place._pods.clear()
    rig.ticks(1)
    gone = Pod.objects.get(name=first)
    assert (gone.state, gone.reason, gone.ended_at) == ("ended", DELETED_EXTERNALLY, rig.clock.now)


def test_what_a_pod_waited_for_is_not_why_it_is_gone(rig: Rig, place: Troubled):
    rig.set(scale_to=1)
    rig.ticks(1)
    (name,) = rig.names()
    rig.workload.silent = {name}
    place._pods[name] = replace(place._pods[name], phase=Phase.PENDING, reason="Unschedulable")
    rig.ticks(1)
    assert Pod.objects.get(name=name).reason == "Unschedulable"
    place._pods.clear()
    rig.ticks(1)
    assert Pod.objects.get(name=name).reason == DELETED_EXTERNALLY


def test_pods_where_their_pool_was_are_not_gone_while_that_cannot_be_seen(rig: Rig, place: Troubled):
    rig.set(namespace="far")
    rig.come_up(2)
    rig.set(namespace="near", scale_to=0)
    place.hidden = {"far": "403 Forbidden"}
    rig.ticks(3)
    assert Pod.objects.filter(ended_at=None).count() == 2


def test_pods_that_left_the_place_where_their_pool_cannot_be_seen_are_gone(rig: Rig, place: Troubled):
    rig.set(namespace="near")
    rig.come_up(1)
    rig.set(namespace="far", scale_to=0)
    place._pods.clear()
    place.hidden = {"far": "403 Forbidden"}
    rig.ticks(1)
    assert not Pod.objects.filter(ended_at=None).exists()
