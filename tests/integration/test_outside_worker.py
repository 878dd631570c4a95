"""An outside worker takes a job and reports by the PUT of contract §4; nobody inside has it then."""

from datetime import timedelta
from typing import Any

import pytest

from apps.events.models import Event
from tests.support.engine_rig import Rig, call, noop, transform, wait

ERROR = {"code": "outside", "message": "it went wrong"}


def test_it_takes_a_queued_job_from_the_executors(rig: Rig) -> None:
    workflow = rig.start_one(call("a"))
    assert rig.put(workflow, "a", "RUNNING") == 200
    assert rig.take() is None
    job = rig.job(workflow, "a")
    assert (job.status, job.attempt) == ("RUNNING", 1)
    assert workflow.attempts.get().executor == "outside"


def test_what_it_completes_is_read_by_the_jobs_behind(rig: Rig) -> None:
    workflow = rig.start_one(call("a"), transform("b", "${steps.a.output.x}"))
    rig.put(workflow, "a", "RUNNING")
    assert rig.put(workflow, "a", "COMPLETED", output={"x": [1, "ü"]}) == 200
    assert [claim.job_id for claim in rig.work()] == ["b"]
    workflow.refresh_from_db()
    assert (workflow.state, workflow.output) == ("COMPLETED", [1, "ü"])


@pytest.mark.parametrize("first", [None, "RUNNING"], ids=["from queued", "from running"])
def test_it_ends_a_job_once(rig: Rig, first: str | None) -> None:
    workflow = rig.start_one(noop("a"))
    if first:
        rig.put(workflow, "a", first)
    assert rig.put(workflow, "a", "COMPLETED", output=1, attempt=1) == 200
    assert rig.put(workflow, "a", "COMPLETED", output=1, attempt=1) == 200
    assert rig.put(workflow, "a", "COMPLETED", output=2, attempt=1) == 409
    assert rig.put(workflow, "a", "FAILED", error=ERROR, attempt=1) == 409
    assert Event.objects.filter(type="baseshift.job.completed").count() == 1
    assert rig.job(workflow, "a").output == 1
    attempt = workflow.attempts.get()
    assert (attempt.outcome, attempt.executor) == ("completed", "outside")
    assert attempt.started_at is not None


def test_its_failure_counts_as_one_of_the_attempts(rig: Rig) -> None:
    workflow = rig.start_one(noop("a", retry={"maxAttempts": 2, "initialDelay": "10ms"}))
    rig.put(workflow, "a", "RUNNING")
    assert rig.put(workflow, "a", "FAILED", error={**ERROR, "code": "error"}) == 200
    assert rig.status(workflow, "a") == "RETRYING"
    rig.until(lambda: rig.status(workflow, "a") == "QUEUED")
    claim = rig.claim()
    assert claim.attempt == 2
    rig.succeed(claim, {})
    rig.catch_up()
    assert list(workflow.attempts.order_by("number").values_list("outcome", "executor")) == [
        ("failed", "outside"),
        ("completed", "executor"),
    ]


def test_its_failure_is_the_workflows(rig: Rig) -> None:
    workflow = rig.start_one(noop("a"))
    rig.put(workflow, "a", "FAILED", error=ERROR)
    workflow.refresh_from_db()
    assert workflow.state == "FAILED"
    assert workflow.error == {**ERROR, "jobId": "a", "attempt": 1}


def test_if_it_never_reports_the_steps_time_ends_the_attempt(rig: Rig) -> None:
    workflow = rig.start_one(noop("a", timeout="200ms"))
    rig.put(workflow, "a", "RUNNING")
    job = rig.job(workflow, "a")
    assert job.due_at == job.started_at + timedelta(milliseconds=200)
    rig.until(lambda: rig.state(workflow) == "FAILED")
    error = rig.job(workflow, "a").error
    assert error["code"] == "timeout"


def test_it_is_not_taken_for_a_lost_executor(rig: Rig) -> None:
    """It has no lease in Redis that could run out, and none that could be missing."""
    workflow = rig.start_one(noop("a", timeout="1h"))
    rig.put(workflow, "a", "RUNNING")
    rig.clock.pass_by(minutes=30)
    for _ in range(3):
        rig.clock.pass_by(seconds=5)
        rig.scheduler.tick()
    assert rig.status(workflow, "a") == "RUNNING"
    assert rig.scheduler.sweep.repairs == 0


def test_nor_after_a_rebuild_and_a_take_over(rig: Rig) -> None:
    workflow = rig.start_one(noop("a", timeout="1h"))
    rig.put(workflow, "a", "RUNNING")
    rig.redis.flushall()
    rig.restart_scheduler()
    rig.catch_up()
    assert rig.take() is None
    assert rig.put(workflow, "a", "COMPLETED", output={"x": 1}) == 200
    assert rig.state(workflow) == "COMPLETED"


def test_it_overrules_the_executor_that_has_the_job(rig: Rig) -> None:
    workflow = rig.start_one(call("a"))
    claim = rig.claim()
    assert rig.put(workflow, "a", "COMPLETED", output={"from": "outside"}) == 200
    rig.queue.renew([claim], {})
    assert claim.gone.is_set()
    rig.succeed(claim, {"from": "inside"})
    rig.catch_up()
    workflow.refresh_from_db()
    assert workflow.output == {"from": "outside"}
    assert workflow.attempts.get().late_report["report"] == {"output": {"from": "inside"}}
    assert not rig.redis.keys("leases:*")


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED"])
def test_it_ends_a_timer_early(rig: Rig, status: str) -> None:
    workflow = rig.start_one(wait("t", "1h"))
    payload: dict[str, Any] = {"output": {"early": True}} if status == "COMPLETED" else {"error": ERROR}
    assert rig.put(workflow, "t", status, **payload) == 200
    assert rig.state(workflow) == status
    job = rig.job(workflow, "t")
    assert (job.status, job.due_at) == (status, None)


def test_it_need_not_wait_out_the_delay_of_a_retry(rig: Rig) -> None:
    workflow = rig.start_one(noop("a", retry={"initialDelay": "1h"}))
    rig.fail(rig.claim())
    rig.catch_up()
    assert rig.put(workflow, "a", "RUNNING") == 409
    assert rig.put(workflow, "a", "COMPLETED", output="by hand") == 200
    workflow.refresh_from_db()
    assert (workflow.state, workflow.output) == ("COMPLETED", "by hand")


@pytest.mark.parametrize("status", ["RUNNING", "COMPLETED", "FAILED"])
def test_what_waits_for_others_is_not_to_be_reported(rig: Rig, status: str) -> None:
    workflow = rig.start_one(noop("a"), noop("b"))
    payload = {"error": ERROR} if status == "FAILED" else {}
    assert rig.put(workflow, "b", status, **payload) == 409
    assert rig.status(workflow, "b") == "PENDING"


def test_an_old_attempt_is_not_to_be_reported(rig: Rig) -> None:
    workflow = rig.start_one(noop("a", retry={"initialDelay": "1ms"}))
    rig.fail(rig.claim())
    rig.until(lambda: rig.job(workflow, "a").attempt == 2)
    assert rig.put(workflow, "a", "COMPLETED", output=1, attempt=1) == 409
    assert rig.put(workflow, "a", "COMPLETED", output=1, attempt=2) == 200


def test_a_report_whose_append_got_lost_is_found_in_sql(rig: Rig) -> None:
    workflow = rig.start_one(noop("a"))
    command = rig.store(workflow, "report", "a", status="COMPLETED", output={"x": 1})
    rig.clock.pass_by(seconds=10)
    rig.until(lambda: rig.state(workflow) == "COMPLETED")
    command.refresh_from_db()
    assert command.result["status"] == 200


def test_a_report_that_stands_twice_in_the_journal_is_answered_once(rig: Rig) -> None:
    workflow = rig.start_one(noop("a"), noop("b"))
    command = rig.command(workflow, "report", "a", status="COMPLETED", output={"x": 1})
    rig.append(command)
    rig.catch_up()
    rig.append(command)
    rig.catch_up()
    command.refresh_from_db()
    assert command.result["status"] == 200
    # The hold of the last append is lifted as well.
    assert rig.claim().job_id == "b"
