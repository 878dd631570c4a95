"""Cancelling a workflow."""

import pytest

from tests.engine.driver import created, started, step, wait


def test_cancelling_cancels_every_job_that_has_not_ended():
    #   a (done)   b (runs)   c (queued)   d (waits)   e (tries again) ── f   g (skipped)
    run = started(
        step("a"),
        step("b", dependsOn=[]),
        step("c", dependsOn=[]),
        wait("d", dependsOn=[]),
        step("e", dependsOn=[], retry={}),
        step("f"),
        step("g", dependsOn=[], when="false"),
    )
    run.complete("a")
    run.claim("b")
    run.break_down("e")
    assert run.cancel() == 200
    assert run.statuses == {
        "a": "COMPLETED",
        "b": "CANCELLED",
        "c": "CANCELLED",
        "d": "CANCELLED",
        "e": "CANCELLED",
        "f": "CANCELLED",
        "g": "SKIPPED condition",
    }
    assert (run.state, run.workflow.finished_at) == ("CANCELLED", run.now)


def test_a_workflow_that_has_not_begun_is_cancelled():
    run = created(step("a"), step("b"))
    assert run.cancel() == 200
    assert (run.state, set(run.statuses.values())) == ("CANCELLED", {"CANCELLED"})


def test_a_start_behind_a_cancel_starts_nothing():
    run = created(step("a"))
    run.cancel()
    run.start()
    assert (run.state, run.status("a"), run.workflow.started_at) == ("CANCELLED", "CANCELLED", None)


def test_cancelling_again_changes_nothing():
    run = started(step("a"))
    run.cancel()
    ended = run.workflow.finished_at
    run.pass_time(5)
    assert run.cancel() == 200
    assert run.workflow.finished_at == ended
    assert run.told() == ["started", "cancelled"]


@pytest.mark.parametrize("state", ["COMPLETED", "FAILED"])
def test_a_workflow_that_has_ended_otherwise_cannot_be_cancelled(state: str):
    run = started(step("a"))
    if state == "COMPLETED":
        run.complete("a")
    else:
        run.break_down("a")
    assert run.cancel() == 409
    assert run.state == state


def test_nothing_moves_in_a_cancelled_workflow():
    #   a (runs)   b (waits)   c (tries again)
    run = started(step("a"), wait("b", dependsOn=[]), step("c", dependsOn=[], retry={}), timeout="1h")
    run.claim("a")
    run.break_down("c")
    run.cancel()
    before = run.statuses
    run.succeed("a")
    run.ring("b")
    run.ring("c")
    run.ring()
    assert (run.statuses, run.state) == (before, "CANCELLED")


def test_a_cancelled_failure_that_was_unhandled_leaves_the_workflow_cancelled():
    #   a (fails)   b
    run = started(step("a"), step("b", dependsOn=[]))
    run.break_down("a")
    run.cancel()
    assert run.state == "CANCELLED"


def test_a_report_on_a_cancelled_job_is_kept_as_evidence():
    run = started(step("a"))
    run.claim("a")
    run.cancel()
    run.succeed("a", {"late": True})
    assert run.late["a", 1]["report"]["output"] == {"late": True}
