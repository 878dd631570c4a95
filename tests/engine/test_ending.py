"""How a workflow ends: when no job can run any more, by what its failures came to."""

import pytest

from tests.engine.driver import started, step


def test_a_workflow_whose_jobs_all_succeed_is_completed():
    run = started(step("a"), step("b", dependsOn=[]))
    run.complete("a")
    assert run.state == "RUNNING"
    run.complete("b")
    assert (run.state, run.workflow.error, run.workflow.finished_at) == ("COMPLETED", None, run.now)


def test_a_workflow_whose_jobs_are_all_skipped_is_completed():
    assert started(step("a", when="false"), step("b", when="false")).state == "COMPLETED"


def test_other_branches_go_on_after_a_failure():
    #   a (fails)
    #   b ── c
    run = started(step("a"), step("b", dependsOn=[]), step("c"))
    run.break_down("a")
    assert run.state == "RUNNING"
    run.complete("b", "c")
    assert run.state == "FAILED"


def test_a_workflow_does_not_end_while_a_job_waits_for_another_try():
    #   a (fails)
    #   b (tries again)
    run = started(step("a"), step("b", dependsOn=[], retry={}))
    run.break_down("b", "a")
    assert run.state == "RUNNING"
    run.ring("b")
    run.complete("b")
    assert run.state == "FAILED"


@pytest.mark.parametrize("on", ["failure", "always"])
def test_a_failure_that_a_step_waits_for_is_handled(on: str):
    #   a (fails) ──on── b
    run = started(step("a"), step("b", on={"a": on}))
    run.break_down("a")
    run.complete("b")
    assert (run.state, run.workflow.error) == ("COMPLETED", None)


def test_a_failure_that_is_only_waited_for_with_success_is_not_handled():
    #   a (fails) ── b ──always── c
    run = started(step("a"), step("b"), step("c", on={"b": "always"}))
    run.break_down("a")
    run.complete("c")
    assert run.state == "FAILED"


def test_a_failure_is_handled_even_if_the_step_that_waits_for_it_is_skipped():
    #   a (fails) ──failure─┐
    #                       ├─ c
    #   b (succeeds) ──fail─┘
    run = started(step("a"), step("b", dependsOn=[]), step("c", on={"a": "failure", "b": "failure"}))
    run.break_down("a")
    run.complete("b")
    assert (run.status("c"), run.state) == ("SKIPPED upstream", "COMPLETED")


def test_a_failure_is_handled_even_if_the_condition_of_its_handler_is_false():
    #   a (fails) ──failure── b (false)
    run = started(step("a"), step("b", on={"a": "failure"}, when="false"))
    run.break_down("a")
    assert (run.status("b"), run.state) == ("SKIPPED condition", "COMPLETED")


def test_a_handler_that_fails_is_a_failure_of_its_own():
    #   a (fails) ──failure── b (fails)
    run = started(step("a"), step("b", on={"a": "failure"}))
    run.break_down("a", "b")
    assert run.state == "FAILED"
    assert run.workflow.error == {"code": "error", "message": "b failed", "jobId": "b", "attempt": 1}


def test_a_failed_workflow_names_the_job_that_failed_first():
    #   a (fails second)   b (fails first)
    run = started(step("a"), step("b", dependsOn=[]))
    run.break_down("b")
    run.pass_time(1)
    run.break_down("a", code="http_404")
    assert run.workflow.error == {"code": "error", "message": "b failed", "jobId": "b", "attempt": 1}


def test_a_failed_workflow_has_no_output():
    run = started(step("a"), step("b", dependsOn=[]))
    run.break_down("a")
    run.complete("b", output={"x": 1})
    assert (run.state, run.workflow.output) == ("FAILED", None)


def test_an_ended_workflow_runs_no_job():
    run = started(step("a"))
    run.complete("a")
    assert (run.workflow.current_job, run.workflow.busy) == (None, set())


def test_the_current_job_is_the_one_that_started_last_and_has_not_ended():
    #   a   b   c
    run = started(step("a"), step("b", dependsOn=[]), step("c", dependsOn=[]))
    seen = [run.workflow.current_job]
    run.claim("b")
    run.pass_time(1)
    run.claim("a")
    seen.append(run.workflow.current_job)
    run.succeed("a")
    seen.append(run.workflow.current_job)
    run.succeed("b")
    seen.append(run.workflow.current_job)
    assert seen == [None, "a", "b", None]
