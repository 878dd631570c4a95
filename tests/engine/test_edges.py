"""What an edge waits for, and in which order jobs start."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.workflows.engine.ending import is_satisfied
from apps.workflows.engine.graph import On
from apps.workflows.engine.run import JobRun
from apps.workflows.engine.states import JobStatus
from tests.engine.driver import Run, started, step, wait

# How a step named "a" may end, alone in its branch.
ENDS: dict[str, tuple[dict[str, Any], Callable[[Run], object]]] = {
    "COMPLETED": (step("a", dependsOn=[]), lambda run: run.complete("a")),
    "FAILED": (step("a", dependsOn=[]), lambda run: run.break_down("a")),
    "SKIPPED condition": (step("a", dependsOn=[], when="false"), lambda run: None),
    "SKIPPED upstream": (step("a", on={"z": "failure"}), lambda run: None),
}
HOLDS = {
    "success": {"COMPLETED", "SKIPPED condition"},
    "failure": {"FAILED"},
    "always": {"COMPLETED", "FAILED", "SKIPPED condition", "SKIPPED upstream"},
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("on", HOLDS)
def test_an_edge_holds_for_the_ends_of_its_parent_that_it_waits_for(on: str, end: str):
    #   z ── a ──on── b
    written, act = ENDS[end]
    run = started(step("z"), written, step("b", on={"a": on}))
    run.complete("z")
    act(run)
    assert run.status("a") == end
    assert run.status("b") == ("QUEUED" if end in HOLDS[on] else "SKIPPED upstream")


@pytest.mark.parametrize("on", On)
def test_no_edge_comes_true_by_a_cancelled_job(on: On):
    assert not is_satisfied(JobRun(pending_parents=0, status=JobStatus.CANCELLED), on)


@pytest.mark.parametrize("on", HOLDS)
def test_no_edge_holds_for_a_cancelled_parent(on: str):
    #   a ──on── b
    run = started(step("a"), step("b", on={"a": on}))
    run.claim("a")
    run.cancel()
    assert run.statuses == {"a": "CANCELLED", "b": "CANCELLED"}


def test_steps_without_depends_on_run_in_their_written_order():
    #   a ── b ── c
    run = started(step("a"), step("b"), step("c"))
    assert run.statuses == {"a": "QUEUED", "b": "PENDING", "c": "PENDING"}
    run.complete("a")
    assert run.statuses == {"a": "COMPLETED", "b": "QUEUED", "c": "PENDING"}
    run.complete("b")
    assert run.status("c") == "QUEUED"


def test_a_step_with_an_empty_depends_on_starts_at_once():
    #   a    b ── c
    run = started(step("a"), step("b", dependsOn=[]), step("c"))
    assert run.statuses == {"a": "QUEUED", "b": "QUEUED", "c": "PENDING"}


def test_a_parent_by_its_name_alone_is_waited_for_with_success():
    #   a ── c    (b stands between them in the text only)
    run = started(step("a"), step("b", dependsOn=[]), step("c", dependsOn=["a"]))
    run.complete("a")
    assert run.status("c") == "QUEUED"


@pytest.mark.parametrize("end", ENDS)
def test_an_object_without_on_is_waited_for_with_success(end: str):
    #   z ── a ── b
    written, act = ENDS[end]
    run = started(step("z"), written, step("b", dependsOn=[{"step": "a"}]))
    run.complete("z")
    act(run)
    assert run.status("b") == ("QUEUED" if end in HOLDS["success"] else "SKIPPED upstream")


def test_a_parent_may_be_written_behind_its_child():
    #   b ── a
    run = started(step("a", dependsOn=["b"]), step("b", dependsOn=[]))
    assert run.statuses == {"a": "PENDING", "b": "QUEUED"}
    run.complete("b")
    assert run.status("a") == "QUEUED"


def test_a_job_waits_for_every_parent():
    #   a ─┐
    #      ├─ c
    #   b ─┘
    run = started(step("a"), step("b", dependsOn=[]), step("c", dependsOn=["a", "b"]))
    run.complete("b")
    assert run.status("c") == "PENDING"
    run.complete("a")
    assert run.status("c") == "QUEUED"


def test_the_edges_of_one_job_may_wait_for_different_ends():
    #   a ──failure─┐
    #   b ──success─┼─ d
    #   c ──always──┘
    parents = step("a", dependsOn=[]), step("b", dependsOn=[]), step("c", dependsOn=[])
    run = started(*parents, step("d", on={"a": "failure", "b": "success", "c": "always"}))
    run.break_down("a", "c")
    assert run.status("d") == "PENDING"
    run.complete("b")
    assert run.status("d") == "QUEUED"


def test_a_parent_that_still_tries_has_not_ended():
    #   a ──always── b
    run = started(step("a", retry={}), step("b", on={"a": "always"}))
    run.break_down("a")
    assert run.statuses == {"a": "RETRYING", "b": "PENDING"}


def test_one_parent_starts_all_its_children():
    #      ┌─ b
    #   a ─┤
    #      └─ c
    run = started(step("a"), step("b", dependsOn=["a"]), step("c", dependsOn=["a"]))
    run.complete("a")
    assert run.statuses == {"a": "COMPLETED", "b": "QUEUED", "c": "QUEUED"}


def test_a_timer_holds_back_what_waits_for_it():
    #   a (30 s) ── b
    run = started(wait("a"), step("b"))
    assert run.statuses == {"a": "WAITING", "b": "PENDING"}
    run.ring("a")
    assert run.statuses == {"a": "COMPLETED", "b": "QUEUED"}
