"""Timers: ``wait`` steps, the workflow's own time, delays of retries. They live in SQL."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from apps.events.models import Event
from tests.support.engine_rig import Rig, call, noop, wait
from tests.support.waiting import eventually


def test_a_timer_ends_when_its_time_has_come(rig: Rig) -> None:
    workflow = rig.start_one(wait("t", "150ms"))
    job = rig.job(workflow, "t")
    assert job.status == "WAITING"
    assert job.due_at == job.started_at + timedelta(milliseconds=150)
    due = job.due_at
    rig.until(lambda: rig.state(workflow) == "COMPLETED")
    job.refresh_from_db()
    assert due <= job.finished_at <= due + timedelta(minutes=5)
    assert (job.output, job.due_at, job.attempt) == ({}, None, 1)


def test_a_timer_may_name_a_time(rig: Rig) -> None:
    until = timezone.now() + timedelta(seconds=1.5)
    step = {"name": "t", "type": "wait", "config": {"until": "${input.until}"}}
    workflow = rig.start_one(step, input={"until": until.isoformat()})
    assert rig.job(workflow, "t").due_at == until
    rig.until(lambda: rig.state(workflow) == "COMPLETED")


@pytest.mark.parametrize(
    ("config", "code"), [({"until": "${input.no}"}, "missing_path"), ({"until": "${input.bad}"}, "error")]
)
def test_a_timer_that_cannot_be_read_fails_its_job(rig: Rig, config: dict[str, str], code: str) -> None:
    workflow = rig.start_one({"name": "t", "type": "wait", "config": config}, input={"bad": "tomorrow"})
    workflow.refresh_from_db()
    assert workflow.state == "FAILED"
    assert workflow.error["code"] == code


def test_a_timer_runs_while_no_scheduler_does(rig: Rig) -> None:
    workflow = rig.start_one(wait("t", "100ms"), noop("after"))
    pass_the_due_time(rig.job(workflow, "t").due_at)
    rig.restart_scheduler()
    rig.until(lambda: rig.status(workflow, "t") == "COMPLETED")
    assert rig.claim().job_id == "after"


def test_a_report_that_is_in_the_journal_is_not_overtaken(rig: Rig) -> None:
    """Both are there when a leader takes over: the outcome, and the time that ends the workflow."""
    workflow = rig.start_one(noop("a"), document={"timeout": "100ms"})
    rig.succeed(rig.claim(), {"done": True})
    workflow.refresh_from_db()
    pass_the_due_time(workflow.due_at)
    rig.restart_scheduler()
    rig.until(lambda: rig.state(workflow) != "RUNNING")
    assert rig.state(workflow) == "COMPLETED"


def test_a_workflow_that_takes_too_long_fails_with_all_that_is_open(rig: Rig) -> None:
    workflow = rig.start_one(noop("a"), call("b"), noop("c"), document={"timeout": "1h"})
    rig.succeed(rig.claim(), {})
    rig.catch_up()
    claim = rig.claim()
    rig.clock.pass_by(hours=1)
    rig.until(lambda: rig.state(workflow) == "FAILED")
    workflow.refresh_from_db()
    assert workflow.error["code"] == "timeout"
    assert workflow.due_at is None
    statuses = dict(workflow.jobs.values_list("job_id", "status"))
    assert statuses == {"a": "COMPLETED", "b": "CANCELLED", "c": "CANCELLED"}
    rig.queue.renew([claim], {})
    assert claim.gone.is_set()


def test_a_failed_attempt_is_tried_again_after_its_delay(rig: Rig) -> None:
    retry = {"maxAttempts": 3, "initialDelay": "100ms", "factor": 3, "jitter": 0}
    workflow = rig.start_one(noop("a", retry=retry))
    delays = []
    for _ in range(2):
        rig.fail(rig.claim())
        rig.until(lambda: rig.status(workflow, "a") == "RETRYING")
        due = rig.job(workflow, "a").due_at
        failed_at = workflow.attempts.order_by("-number")[0].finished_at
        delays.append((due - failed_at) / timedelta(milliseconds=1))
        assert rig.take() is None
        rig.until(lambda: rig.status(workflow, "a") == "QUEUED")
        assert rig.job(workflow, "a").queued_at >= due
    assert delays == [100, 300]
    rig.fail(rig.claim())
    rig.catch_up()
    assert rig.state(workflow) == "FAILED"
    assert list(workflow.attempts.order_by("number").values_list("number", "outcome")) == [
        (1, "failed"),
        (2, "failed"),
        (3, "failed"),
    ]


def test_a_server_may_ask_for_a_longer_delay(rig: Rig) -> None:
    workflow = rig.start_one(noop("a", retry={"initialDelay": "1ms"}))
    rig.fail(rig.claim(), "http_429", retryAfter=60)
    rig.catch_up()
    job = rig.job(workflow, "a")
    assert job.due_at - workflow.attempts.get().finished_at == timedelta(seconds=60)


def test_what_another_try_cannot_mend_is_not_tried_again(rig: Rig) -> None:
    workflow = rig.start_one(noop("a", retry={"on": ["error", "timeout"]}))
    rig.fail(rig.claim(), "validation")
    rig.catch_up()
    assert rig.state(workflow) == "FAILED"


def test_a_timer_fires_once_though_it_is_sent_twice(rig: Rig) -> None:
    workflow = rig.start_one(wait("t", "50ms"), wait("u", "1h"))
    rig.until(lambda: rig.status(workflow, "t") == "COMPLETED")
    (entry,) = rig.entries("timer")
    rig.redis.xadd(f"journal:0:{rig.generation}", entry)
    rig.catch_up()
    assert rig.status(workflow, "u") == "WAITING"
    assert Event.objects.filter(type="baseshift.job.completed").count() == 1


def test_a_far_timer_is_found_again_when_its_time_comes_nearer(rig: Rig) -> None:
    workflow = rig.start_one(wait("t", "20m"))
    for _ in range(4):
        rig.scheduler.tick()
        assert rig.status(workflow, "t") == "WAITING"
        rig.clock.pass_by(minutes=5)
    rig.until(lambda: rig.state(workflow) == "COMPLETED")


def pass_the_due_time(due_at: datetime) -> None:
    """Nobody leads meanwhile."""
    eventually(lambda: timezone.now() > due_at)
