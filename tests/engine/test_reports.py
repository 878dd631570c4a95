"""What an outside worker reports (contract §4, the job PUT)."""

from typing import Any

import pytest

from apps.workflows.engine.entries import Kind
from tests.engine.driver import Run, started, step, wait

ERROR = {"code": "error", "message": "it broke"}
OTHER = {"code": "error", "message": "it broke otherwise"}
EXACT = {"jitter": 0}


def in_status(status: str, **keys: Any) -> Run:
    """A workflow whose job "a" has this status."""
    retry = {"retry": {"maxAttempts": 3, **EXACT}} if status == "RETRYING" else {}
    kind = wait if status == "WAITING" else step
    run = started(step("z", when="false"), kind("a", **{**retry, **keys}), step("b"))
    if status in ("RUNNING", "COMPLETED", "FAILED", "RETRYING"):
        run.claim("a")
    if status == "COMPLETED":
        run.succeed("a", {"by": "executor"})
    if status in ("FAILED", "RETRYING"):
        run.fail("a")
    assert run.status("a") == status
    return run


@pytest.mark.parametrize("status", ["QUEUED", "WAITING"])
def test_a_job_that_waits_to_be_taken_can_be_taken_from_outside(status: str):
    run = in_status(status)
    assert run.put("a", "RUNNING") == 200
    assert (run.status("a"), run.job("a").attempt, run.job("a").started_at) == ("RUNNING", 1, run.now)


@pytest.mark.parametrize("status", ["RUNNING", "RETRYING", "COMPLETED", "FAILED"])
def test_no_other_job_can_be_taken(status: str):
    run = in_status(status)
    assert run.put("a", "RUNNING") == 409
    assert run.status("a") == status


@pytest.mark.parametrize("status", ["QUEUED", "RUNNING", "WAITING", "RETRYING"])
def test_an_open_job_can_be_completed(status: str):
    run = in_status(status)
    assert run.put("a", "COMPLETED", output={"by": "outside"}) == 200
    assert (run.status("a"), run.outputs["a"].output, run.status("b")) == ("COMPLETED", {"by": "outside"}, "QUEUED")


@pytest.mark.parametrize("status", ["QUEUED", "RUNNING", "WAITING"])
def test_an_open_job_can_be_failed(status: str):
    run = in_status(status)
    assert run.put("a", "FAILED", error=ERROR) == 200
    assert (run.status("a"), run.job("a").error) == ("FAILED", ERROR)


def test_a_job_that_waits_for_another_try_can_be_failed_otherwise():
    run = in_status("RETRYING")
    assert run.put("a", "FAILED", error=OTHER) == 200
    assert run.job("a").error == OTHER


def test_a_failure_told_of_an_attempt_that_has_failed_is_the_same_attempts_failure():
    run = in_status("RETRYING", retry={"maxAttempts": 2, **EXACT})
    assert run.put("a", "FAILED", error=OTHER) == 200
    assert run.status("a") == "RETRYING"


def test_a_job_that_waits_for_another_try_can_be_failed_for_good():
    run = in_status("RETRYING")
    hopeless = {"code": "validation", "message": "the card number is wrong"}
    assert run.put("a", "FAILED", error=hopeless) == 200
    assert (run.status("a"), run.job("a").error) == ("FAILED", hopeless)


@pytest.mark.parametrize("wanted", ["RUNNING", "COMPLETED", "FAILED"])
def test_a_job_that_waits_for_others_takes_no_report(wanted: str):
    run = started(step("a"), step("b"))
    assert run.put("b", wanted) == 409
    assert run.status("b") == "PENDING"


@pytest.mark.parametrize("wanted", ["RUNNING", "COMPLETED", "FAILED"])
def test_a_skipped_job_takes_no_report(wanted: str):
    run = started(step("a", when="false"), step("b"))
    assert run.put("a", wanted) == 409


@pytest.mark.parametrize("wanted", ["RUNNING", "COMPLETED", "FAILED"])
def test_a_cancelled_job_takes_no_report(wanted: str):
    run = started(step("a"))
    run.cancel()
    assert run.put("a", wanted) == 409


@pytest.mark.parametrize(("before", "after"), [("COMPLETED", "FAILED"), ("FAILED", "COMPLETED")])
def test_an_ended_job_cannot_end_otherwise(before: str, after: str):
    run = in_status(before)
    assert run.put("a", after) == 409
    assert run.status("a") == before


def test_an_unknown_job_is_not_found():
    run = started(step("a"))
    assert run.put("nobody", "COMPLETED", attempt=1) == 404


# -- repeats --------------------------------------------------------------------------------------


def test_an_exact_repeat_of_a_success_is_answered_and_changes_nothing():
    run = in_status("QUEUED")
    run.put("a", "COMPLETED", output={"n": 1})
    ended = run.job("a").finished_at
    run.pass_time(5)
    assert run.put("a", "COMPLETED", output={"n": 1}) == 200
    assert run.job("a").finished_at == ended
    assert run.told("a") == ["queued", "completed"]


@pytest.mark.parametrize("output", [{"n": 2}, {}, None])
def test_a_success_with_another_output_is_no_repeat(output: Any):
    run = in_status("QUEUED")
    run.put("a", "COMPLETED", output={"n": 1})
    assert run.put("a", "COMPLETED", output=output) == 409
    assert run.outputs["a"].output == {"n": 1}


@pytest.mark.parametrize(("recorded", "told"), [(True, 1), (0, False), ([1], [True])])
def test_true_is_no_repeat_of_one(recorded: Any, told: Any):
    run = in_status("QUEUED")
    run.put("a", "COMPLETED", output=recorded)
    assert run.put("a", "COMPLETED", output=told) == 409


def test_a_repeat_of_what_an_executor_reported_is_answered():
    run = in_status("COMPLETED")
    assert run.put("a", "COMPLETED", output={"by": "executor"}) == 200


def test_an_exact_repeat_of_a_failure_is_answered_and_changes_nothing():
    run = in_status("QUEUED")
    run.put("a", "FAILED", error=ERROR)
    assert run.put("a", "FAILED", error=ERROR) == 200
    assert run.put("a", "FAILED", error=OTHER) == 409
    assert run.job("a").error == ERROR


def test_an_exact_repeat_of_a_failure_that_is_tried_again_counts_once():
    run = started(step("a", retry={"maxAttempts": 2, **EXACT}))
    run.put("a", "FAILED", error=ERROR)
    assert run.put("a", "FAILED", error=ERROR) == 200
    assert (run.status("a"), run.delay("a")) == ("RETRYING", 1)


def test_an_exact_repeat_of_a_beginning_is_answered():
    run = in_status("QUEUED")
    run.put("a", "RUNNING")
    assert run.put("a", "RUNNING") == 200
    assert run.told("a") == ["queued", "started"]


def test_a_repeat_is_answered_in_a_workflow_that_has_ended():
    run = started(step("a"), step("b", dependsOn=[]))
    run.put("a", "COMPLETED", output=[1])
    run.put("b", "FAILED", error=ERROR)
    assert run.state == "FAILED"
    assert (run.put("a", "COMPLETED", output=[1]), run.put("b", "FAILED", error=ERROR)) == (200, 200)


# -- attempts -------------------------------------------------------------------------------------


def test_a_failure_counts_as_that_attempts_and_retry_applies():
    run = started(step("a", retry={"maxAttempts": 2, **EXACT}))
    run.put("a", "RUNNING")
    assert run.put("a", "FAILED", error=ERROR) == 200
    assert (run.status("a"), run.delay("a")) == ("RETRYING", 1)
    run.ring("a")
    run.put("a", "FAILED", error=ERROR)
    assert (run.status("a"), run.job("a").attempt) == ("FAILED", 2)


def test_a_failure_that_retry_does_not_cover_is_not_tried_again():
    run = started(step("a", retry={}))
    run.put("a", "FAILED", error={"code": "http_404", "message": "gone"})
    assert run.status("a") == "FAILED"


@pytest.mark.parametrize("wanted", ["RUNNING", "COMPLETED", "FAILED"])
def test_a_report_of_an_old_attempt_is_refused(wanted: str):
    run = started(step("a", retry=EXACT))
    run.break_down("a")
    run.ring("a")
    assert run.put("a", wanted, attempt=1) == 409
    assert (run.status("a"), run.job("a").attempt) == ("QUEUED", 2)


def test_a_report_of_an_attempt_to_come_is_refused():
    run = started(step("a"))
    assert run.put("a", "COMPLETED", attempt=2) == 409


def test_a_report_of_the_present_attempt_is_taken():
    run = started(step("a"))
    run.claim("a")
    run.lose("a")
    assert run.put("a", "COMPLETED", attempt=2) == 200


def test_a_report_that_names_no_attempt_means_the_present_one():
    run = started(step("a"))
    run.claim("a")
    run.lose("a")
    assert run.put("a", "COMPLETED", attempt=0) == 200
    assert run.attempts["a", 2].outcome == "completed"


# -- beside executors -----------------------------------------------------------------------------


def test_a_report_takes_a_running_job_from_its_executor():
    run = in_status("RUNNING")
    claim = run.job("a").claim
    run.put("a", "COMPLETED", output={"by": "outside"})
    report = {"output": {"by": "executor"}}
    run.report(Kind.SUCCEEDED, "a", claim=claim, executor="executor-1", data=report)
    assert run.outputs["a"].output == {"by": "outside"}
    assert run.late["a", 1] == {"claim": claim, "executor": "executor-1", "report": report}


def test_an_executors_claim_behind_one_from_outside_takes_nothing():
    run = in_status("QUEUED")
    run.put("a", "RUNNING")
    run.claim("a", "executors")
    run.put("a", "COMPLETED", output=1)
    assert run.told("a") == ["queued", "started", "completed"]


def test_a_completed_wait_rings_in_vain():
    run = in_status("WAITING")
    timer = run.timer("a")
    run.put("a", "RUNNING")
    run.enter_timer(timer)
    assert run.status("a") == "RUNNING"


@pytest.mark.parametrize("status", ["WAITING", "RETRYING"])
def test_an_attempt_completed_from_outside_keeps_its_beginning(status: str):
    run = in_status(status)
    began = run.job("a").started_at
    run.pass_time(0.5)
    run.put("a", "COMPLETED")
    assert run.attempts["a", 1].started_at == began


def test_an_attempt_completed_from_outside_keeps_the_executor_that_ran_it():
    run = in_status("RUNNING")
    run.put("a", "COMPLETED")
    assert run.attempts["a", 1].executor == "executor-1"


def test_an_attempt_that_nobody_took_began_and_ended_with_its_report():
    run = in_status("QUEUED")
    run.pass_time(3)
    run.put("a", "COMPLETED")
    record = run.attempts["a", 1]
    assert (record.started_at, record.finished_at, record.executor) == (run.now, run.now, "outside")
    assert run.job("a").started_at == run.now
