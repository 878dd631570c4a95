"""From what the place, the heartbeat and our record tell of a pod to what is planned with."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from apps.pods.backends.port import ObservedPod, Phase
from apps.pods.planning.health import (
    HEARTBEAT_STOPPED,
    NEVER_STOPPED,
    NO_ANSWER,
    NODE_TIMEOUT,
    START_TIMEOUT,
    STOP_TIMEOUT,
    Liveness,
    RecordedPod,
    pod_view,
)
from apps.pods.planning.heartbeats import Heartbeat
from apps.pods.planning.values import PodState, PodView

CREATED = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
POD = ObservedPod("a", "default", "r", Phase.RUNNING, CREATED)
READY, DRAINED = RecordedPod(was_ready=True), RecordedPod(was_ready=True, drain_token="new")
ALIVE, SILENT, UNKNOWN = Liveness(Heartbeat(), 0, True), Liveness(None, 0, True), Liveness(None, 0, False)


def seen(
    pod: ObservedPod = POD, recorded: RecordedPod = READY, pulse: Liveness = ALIVE, after: timedelta = SECOND
) -> PodView:
    return pod_view(pod, recorded, pulse, CREATED + after)


# -- who is busy, who is drained --------------------------------------------------------------------


@pytest.mark.parametrize(("by_heartbeat", "by_sql"), [(3, 0), (0, 3), (1, 3), (3, 1)])
def test_a_pod_is_as_busy_as_whoever_calls_it_busiest_says(by_heartbeat: int, by_sql: int):
    assert seen(pulse=Liveness(Heartbeat(busy=by_heartbeat), by_sql, True)).busy == 3


def test_a_pod_without_a_heartbeat_is_busy_by_sql_alone():
    assert seen(pulse=Liveness(None, 2, True)).busy == 2
    assert seen(pulse=SILENT).busy == 0


def test_a_pod_is_drained_by_the_token_of_this_draining():
    assert seen(recorded=DRAINED, pulse=Liveness(Heartbeat(drained="new"), 0, True)).drained


@pytest.mark.parametrize("told", ["old", ""])
def test_a_pod_that_confirms_another_draining_or_none_is_not_drained(told: str):
    assert not seen(recorded=DRAINED, pulse=Liveness(Heartbeat(drained=told), 0, True)).drained


def test_a_pod_that_nobody_drains_is_not_drained_by_confirming_nothing():
    assert not seen().drained


def test_idle_time_begins_when_the_work_ends_and_goes_on():
    earlier = replace(READY, idle_since=CREATED)
    assert seen(after=SECOND).idle_since == CREATED + SECOND
    assert seen(recorded=earlier, after=5 * SECOND).idle_since == CREATED
    assert seen(recorded=earlier, pulse=Liveness(Heartbeat(busy=1), 0, True)).idle_since is None


# -- states -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recorded", "pulse", "state"),
    [
        (RecordedPod(), SILENT, PodState.STARTING),
        (RecordedPod(), ALIVE, PodState.READY),
        (READY, ALIVE, PodState.READY),
        (DRAINED, ALIVE, PodState.DRAINING),
        (READY, SILENT, PodState.UNHEALTHY),
        (DRAINED, SILENT, PodState.UNHEALTHY),
        (READY, UNKNOWN, PodState.READY),
        (DRAINED, UNKNOWN, PodState.DRAINING),
    ],
    ids=[
        "new",
        "its first heartbeat",
        "works",
        "drains",
        "silent",
        "drains, silent",
        "Redis is away",
        "drains, Redis is away",
    ],
)
def test_a_pods_state(recorded: RecordedPod, pulse: Liveness, state: PodState):
    assert seen(recorded=recorded, pulse=pulse).state is state


def test_that_a_heartbeat_stopped_is_told():
    assert seen(pulse=SILENT).reason == HEARTBEAT_STOPPED


@pytest.mark.parametrize(("pulse", "state"), [(SILENT, PodState.UNHEALTHY), (UNKNOWN, PodState.STARTING)])
def test_a_pod_that_does_not_start_is_given_up_unless_redis_is_away(pulse: Liveness, state: PodState):
    assert seen(recorded=RecordedPod(), pulse=pulse, after=START_TIMEOUT).state is PodState.STARTING
    assert seen(recorded=RecordedPod(), pulse=pulse, after=START_TIMEOUT + SECOND).state is state


@pytest.mark.parametrize("pulse", [SILENT, UNKNOWN])
def test_a_node_that_does_not_answer_is_given_up_whatever_redis_says(pulse: Liveness):
    pod = replace(POD, phase=Phase.PENDING, unanswered=True, placed_at=CREATED + SECOND)
    patient = seen(pod, RecordedPod(), pulse, after=SECOND + NODE_TIMEOUT)
    late = seen(pod, RecordedPod(), pulse, after=2 * SECOND + NODE_TIMEOUT)
    assert (patient.state, late.state, late.reason) == (PodState.STARTING, PodState.UNHEALTHY, NO_ANSWER)


def test_what_is_broken_after_it_worked_is_replaced_at_once():
    pod = replace(POD, broken=True, reason="CrashLoopBackOff")
    found = seen(pod, READY, UNKNOWN)
    assert (found.state, found.reason) == (PodState.UNHEALTHY, "CrashLoopBackOff")


def test_what_cannot_start_is_given_up_though_redis_is_away():
    pod = replace(POD, phase=Phase.PENDING, broken=True, reason="ImagePullBackOff")
    patient, late = (seen(pod, RecordedPod(), UNKNOWN, START_TIMEOUT + after) for after in (0 * SECOND, SECOND))
    assert (patient.state, late.state, late.reason) == (PodState.STARTING, PodState.UNHEALTHY, "ImagePullBackOff")


@pytest.mark.parametrize("pulse", [ALIVE, SILENT])
def test_a_pod_that_was_told_to_end_has_its_grace_and_some_time_more(pulse: Liveness):
    pod = replace(POD, stop_by=CREATED + 30 * SECOND)
    assert seen(pod, pulse=pulse, after=30 * SECOND + STOP_TIMEOUT).state is PodState.STOPPING
    late = seen(pod, pulse=pulse, after=31 * SECOND + STOP_TIMEOUT)
    assert (late.state, late.reason) == (PodState.UNHEALTHY, NEVER_STOPPED)


def test_a_pod_that_ended_has_ended_whatever_its_last_heartbeat_says():
    found = seen(replace(POD, phase=Phase.ENDED, reason="OOMKilled"))
    assert (found.state, found.reason) == (PodState.ENDED, "OOMKilled")
