"""Time that runs out: a template's, and that of a step somebody outside works on.

The time of a step that an executor runs is kept by the executor, which reports the code ``timeout``.
"""

import pytest

from tests.engine.driver import NOON, created, started, step, wait


def test_a_workflow_that_takes_longer_than_its_timeout_fails():
    #   a (runs) ── b     c (queued)     d (waits)
    run = started(step("a"), step("b"), step("c", dependsOn=[]), wait("d", "1h", dependsOn=[]), timeout="10m")
    run.claim("a")
    run.ring()
    assert (run.now - NOON).total_seconds() == 600
    assert run.state == "FAILED"
    assert set(run.statuses.values()) == {"CANCELLED"}
    assert run.workflow.error is not None
    assert run.workflow.error["code"] == "timeout"
    assert "600 s" in run.workflow.error["message"]


def test_the_timeout_of_a_workflow_counts_from_its_start():
    run = created(step("a"), timeout="10m")
    run.pass_time(120)
    run.start()
    run.ring()
    assert (run.now - NOON).total_seconds() == 720


def test_jobs_that_have_ended_stay_as_they_are():
    #   a (done) ── b (false)
    #   c (queued)
    run = started(step("a"), step("b", when="false"), step("c", dependsOn=[]), timeout="10m")
    run.complete("a")
    run.ring()
    assert run.statuses == {"a": "COMPLETED", "b": "SKIPPED condition", "c": "CANCELLED"}


def test_a_workflow_that_has_ended_has_no_timeout():
    run = started(step("a"), timeout="10m")
    run.complete("a")
    assert run.workflow.due_at is None
    run.ring()
    assert (run.state, run.told()) == ("COMPLETED", ["started", "completed"])


def test_a_timer_for_another_moment_ends_no_workflow():
    run = started(step("a"), timeout="10m")
    run.enter_timer((NOON, "", 0))
    assert run.state == "RUNNING"


def test_without_timeout_a_workflow_has_no_timer():
    assert started(step("a")).timers == []


@pytest.mark.parametrize(("written", "seconds"), [({}, 300), ({"timeout": "30s"}, 30)])
def test_a_job_taken_from_outside_has_the_time_of_its_step(written: dict[str, str], seconds: float):
    run = started(step("a", **written))
    run.put("a", "RUNNING")
    assert run.delay("a") == seconds
    run.ring("a")
    assert (run.status("a"), run.code("a")) == ("FAILED", "timeout")


def test_an_attempt_from_outside_that_ran_out_of_time_is_tried_again():
    run = started(step("a", timeout="30s", retry={"on": ["timeout"], "jitter": 0}))
    run.put("a", "RUNNING")
    run.ring("a")
    assert (run.status("a"), run.delay("a")) == ("RETRYING", 1)
    assert run.attempts["a", 1].outcome == "failed"
    run.ring("a")
    assert (run.status("a"), run.job("a").attempt) == ("QUEUED", 2)


def test_the_time_of_an_attempt_that_has_ended_does_not_run_out():
    run = started(step("a"), step("b"))
    run.put("a", "RUNNING")
    run.put("a", "COMPLETED")
    run.ring("a")
    assert run.status("a") == "COMPLETED"


def test_the_time_of_one_attempt_does_not_end_the_next():
    run = started(step("a", timeout="30s", retry={}))
    run.put("a", "RUNNING")
    timer = run.timer("a")
    run.put("a", "FAILED")
    run.ring("a")
    run.claim("a")
    run.enter_timer(timer)
    assert (run.status("a"), run.job("a").attempt) == ("RUNNING", 2)


def test_the_step_knows_its_timeout():
    steps = created(step("a"), step("b", timeout="2h")).workflow.graph.steps
    assert [written.timeout for written in steps] == [300, 7200]
