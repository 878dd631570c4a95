"""The plan: what it never does whatever it finds, and what it does in each case."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.pods.planning.plan import applied, plan
from apps.pods.planning.values import SERVING, Action, Create, Delete, Drain, PodState, PodView, PoolTarget, Resume

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TARGET = PoolTarget(desired=2, maximum=10, revision="r1")


def pod(name: str, state: PodState = PodState.READY, **fields) -> PodView:
    return PodView(name, state, fields.pop("revision", "r1"), **fields)


any_pod = st.builds(
    PodView,
    name=st.just(""),
    state=st.sampled_from(PodState),
    revision=st.sampled_from(["r0", "r1"]),
    busy=st.sampled_from([0, 0, 1, 5]),
    drained=st.booleans(),
    leaving=st.booleans(),
    idle_since=st.sampled_from([None, NOW, NOW - timedelta(minutes=1)]),
)


def numbered(pods: list[PodView]) -> list[PodView]:
    return [replace(one, name=f"p{number}") for number, one in enumerate(pods)]


any_pods = st.lists(any_pod, max_size=12).map(numbered)


PLANS = settings(derandomize=True, deadline=None, max_examples=200)
targets = st.builds(
    PoolTarget,
    desired=st.integers(0, 8),
    maximum=st.integers(0, 10),
    revision=st.just("r1"),
    surge=st.integers(0, 3),
    starts_at_once=st.integers(1, 5),
    cordoned=st.booleans(),
    may_create=st.booleans(),
    may_shrink=st.booleans(),
)


def existing(pods: Sequence[PodView]) -> int:
    return sum(one.state is not PodState.ENDED for one in pods)


def named(actions: Sequence[Action], kind: type[Drain] | type[Delete] | type[Resume]) -> set[str]:
    return {action.name for action in actions if isinstance(action, kind)}


def created(actions: Sequence[Action]) -> int:
    return sum(action.count for action in actions if isinstance(action, Create))


# -- whatever there is ------------------------------------------------------------------------------


@PLANS
@given(targets, any_pods)
def test_a_plan_that_was_carried_out_leaves_nothing_to_do(target: PoolTarget, pods: list[PodView]):
    assert plan(target, applied(target, pods, plan(target, pods))) == []


@PLANS
@given(targets, any_pods)
def test_no_pod_comes_beyond_the_maximum(target: PoolTarget, pods: list[PodView]):
    actions = plan(target, pods)
    assert created(actions) == 0 or existing(pods) + created(actions) <= target.maximum


@PLANS
@given(targets, any_pods)
def test_a_busy_pod_stays_while_an_idle_one_of_its_revision_is_there(target: PoolTarget, pods: list[PodView]):
    if target.cordoned:
        return
    by_name = {one.name: one for one in pods if not one.leaving}
    taken = named(plan(target, pods), Drain) & by_name.keys()
    for name in taken:
        idle_left = [
            one.name
            for one in by_name.values()
            if one.state in SERVING and not one.busy and one.revision == by_name[name].revision
            if one.name not in taken | named(plan(target, pods), Delete)
        ]
        assert not (by_name[name].busy and idle_left)


@PLANS
@given(targets, any_pods)
def test_no_pod_with_running_work_is_deleted_unless_it_is_unhealthy(target: PoolTarget, pods: list[PodView]):
    gone = named(plan(target, pods), Delete)
    assert [p for p in pods if p.name in gone and p.busy and p.state in (*SERVING, PodState.DRAINING)] == []


@PLANS
@given(targets, any_pods)
def test_nothing_that_works_is_parted_with_while_it_is_unknown_what_is_busy(target: PoolTarget, pods: list[PodView]):
    quiet = replace(target, may_shrink=False, cordoned=False)
    kept = [replace(one, leaving=False) for one in pods]
    parted = named(plan(quiet, kept), Drain) | named(plan(quiet, kept), Delete)
    assert {one.state for one in kept if one.name in parted} <= {PodState.ENDED, PodState.UNHEALTHY}


@PLANS
@given(targets, any_pods)
def test_a_pod_gets_one_action_at_most(target: PoolTarget, pods: list[PodView]):
    names = [action.name for action in plan(target, pods) if not isinstance(action, Create)]
    assert len(names) == len(set(names))


@PLANS
@given(targets, any_pods)
def test_of_a_pool_of_which_nothing_is_wanted_every_pod_leaves_and_none_comes(target: PoolTarget, pods: list[PodView]):
    target = replace(target, desired=0, cordoned=False, may_shrink=True)
    actions = plan(target, pods)
    assert created(actions) == 0
    assert named(actions, Resume) == set()
    assert {one.name for one in pods if one.state in SERVING} <= named(actions, Drain) | named(actions, Delete)
    for _ in range(3):
        pods = world_goes_on(applied(target, pods, plan(target, pods)))
    assert pods == []


@PLANS
@given(targets, any_pods)
def test_a_pool_comes_to_what_is_wanted(target: PoolTarget, pods: list[PodView]):
    target = replace(target, cordoned=False, may_create=True, may_shrink=True, maximum=max(target.maximum, 1))
    target = replace(target, desired=min(target.desired, target.maximum), surge=max(target.surge, 1))
    for _ in range(100):
        pods = world_goes_on(applied(target, pods, plan(target, pods)))
    assert [one.revision for one in pods] == ["r1"] * target.desired


def world_goes_on(pods: Sequence[PodView]) -> list[PodView]:
    """Jobs end, pods become ready, drained or gone."""
    later = {PodState.STARTING: PodState.READY}
    return [
        replace(one, name=f"p{number}", busy=0, drained=True, state=later.get(one.state, one.state))
        for number, one in enumerate(pods)
        if one.state is not PodState.STOPPING
    ]


# -- case by case -----------------------------------------------------------------------------------


def test_missing_pods_are_created():
    assert plan(TARGET, []) == [Create(2)]


def test_only_so_many_pods_start_at_once():
    target = replace(TARGET, desired=8, starts_at_once=3)
    assert plan(target, [pod("a", PodState.STARTING)]) == [Create(2)]


def test_nothing_is_created_during_back_off():
    assert plan(replace(TARGET, may_create=False), []) == []


def test_the_pod_that_was_idle_longest_drains_first():
    early, late = NOW - timedelta(minutes=5), NOW
    pods = [pod("a", busy=1), pod("b", idle_since=late), pod("c", idle_since=early)]
    assert plan(TARGET, pods) == [Drain("c")]


def test_a_drained_pod_is_deleted_with_grace():
    pods = [pod("a"), pod("b"), pod("c", PodState.DRAINING, drained=True)]
    assert plan(TARGET, pods) == [Delete("c", 30, "drained")]


def test_a_draining_pod_that_has_not_confirmed_it_is_waited_for():
    assert plan(TARGET, [pod("a"), pod("b"), pod("c", PodState.DRAINING)]) == []


def test_a_draining_pod_is_taken_back_rather_than_a_new_one_made():
    assert plan(TARGET, [pod("a"), pod("c", PodState.DRAINING, busy=1)]) == [Resume("c")]


def test_of_draining_pods_the_busiest_is_taken_back():
    pods = [pod("a"), pod("b", PodState.DRAINING, busy=1), pod("c", PodState.DRAINING, busy=5)]
    assert plan(TARGET, pods) == [Resume("c")]


def test_a_pod_that_a_person_wants_gone_ends_in_a_cordoned_pool_too():
    target = replace(TARGET, cordoned=True)
    assert plan(target, [pod("a", PodState.DRAINING, drained=True, leaving=True)]) == [Delete("a", 30, "drained")]


def test_a_pod_that_never_sent_a_heartbeat_is_deleted_without_draining():
    pods = [pod("a"), pod("b"), pod("c", PodState.STARTING)]
    assert plan(TARGET, pods) == [Delete("c", 30, "not needed")]


def test_an_unhealthy_pod_is_replaced():
    pods = [pod("a"), pod("b", PodState.UNHEALTHY, reason="OOMKilled")]
    assert plan(TARGET, pods) == [Delete("b", 0, "OOMKilled"), Create(1)]


def test_a_rollout_makes_the_new_before_it_takes_the_old():
    pods = [pod("a", revision="r0"), pod("b", revision="r0")]
    assert plan(TARGET, pods) == [Create(1)]


def test_a_rollout_takes_idle_pods_first():
    pods = [pod("a", revision="r0", busy=2), pod("b", revision="r0"), pod("c")]
    assert plan(TARGET, pods) == [Drain("b"), Create(1)]


def test_a_rollout_at_the_maximum_makes_room_by_one():
    pods = [pod("a", revision="r0", busy=2), pod("b", revision="r0")]
    assert plan(replace(TARGET, maximum=2), pods) == [Drain("b")]


def test_a_rollout_at_the_maximum_makes_room_by_as_many_as_the_surge():
    pods = [pod(name, revision="r0", busy=1) for name in "abcd"]
    target = replace(TARGET, desired=4, maximum=4, surge=3)
    assert plan(target, pods) == [Drain("a"), Drain("b"), Drain("c")]


@pytest.mark.parametrize(("desired", "left"), [(1, ["c"]), (2, ["b", "c"])])
def test_old_pods_beyond_what_is_wanted_go_at_once_and_no_more(desired: int, left: list[str]):
    pods = [pod(name, revision="r0", idle_since=NOW) for name in "abc"]
    gone = named(plan(replace(TARGET, desired=desired, maximum=3, surge=2), pods), Drain)
    assert sorted({"a", "b", "c"} - gone) == left


def test_a_rollout_at_the_maximum_does_not_wait_for_old_pods_to_come_up():
    pods = [pod("a", PodState.STARTING, revision="r0"), pod("b", revision="r0")]
    assert plan(replace(TARGET, maximum=2), pods) == [Delete("a", 30, "not needed")]


def test_a_cordoned_pool_keeps_pods_that_take_nothing():
    target = replace(TARGET, cordoned=True)
    assert plan(target, [pod("a", busy=1), pod("b", PodState.DRAINING, drained=True)]) == [Drain("a")]


@pytest.mark.parametrize("state", [PodState.READY, PodState.DRAINING])
def test_a_pod_that_a_person_wants_gone_is_drained_and_replaced(state: PodState):
    pods = [pod("a"), pod("b", state, leaving=True)]
    assert Create(1) in plan(TARGET, pods)
    assert Resume("b") not in plan(TARGET, pods)
