"""What a batch stores, read back through the models, is what the engine meant."""

import random
import uuid
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.events.models import Event
from apps.workflows.engine.run import JobRun, WorkflowRun
from apps.workflows.executor.claims import AttemptReport
from apps.workflows.models import Attempt, Command, Job, QuarantinedEntry, Shard, Workflow
from apps.workflows.scheduler import checkpoint, loading
from apps.workflows.scheduler.checkpoint import Batch, LeadershipLost
from tests.support import graphs
from tests.support.engine_rig import Rig, call, noop, transform, wait

VALUES: list[Any] = [
    {},
    [],
    "",
    "text",
    'quotes " and \\ and %s and ü and \U0001f600',
    0,
    -1.5,
    1e15,
    2**53 + 1,
    True,
    False,
    [None, {"deep": [{"er": None}]}],
    {"": "empty key", "a.b": 1, "ключ": "значение"},
]


# -- values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_an_output_comes_back_as_it_was_reported(rig: Rig, value: Any) -> None:
    workflow = rig.start_one(call("a"))
    rig.succeed(rig.claim(), value, response={"status": 200, "headers": {"x": value}})
    rig.catch_up()
    job = rig.job(workflow, "a")
    assert (job.output, job.response) == (value, {"status": 200, "headers": {"x": value}})
    assert same_type(job.output, value)
    workflow.refresh_from_db()
    assert workflow.output == value


def same_type(found: Any, meant: Any) -> bool:
    return type(found) is type(meant)


def test_no_output_is_null_in_the_database(rig: Rig) -> None:
    workflow = rig.start_one(call("a"))
    rig.succeed(rig.claim(), None)
    rig.catch_up()
    assert Job.objects.filter(workflow=workflow, output__isnull=True, response__isnull=True).exists()
    assert Workflow.objects.filter(output__isnull=True, error__isnull=True).exists()


def test_an_error_comes_back_with_its_details(rig: Rig) -> None:
    workflow = rig.start_one(call("a"))
    error = {"code": "validation", "message": "no ü", "details": [{"rule": "r", "path": "/a", "message": "m"}]}
    data = {"error": error}
    rig.report(rig.claim(), "failed", data)
    rig.catch_up()
    workflow.refresh_from_db()
    assert rig.job(workflow, "a").error == error
    assert workflow.error == {**error, "jobId": "a", "attempt": 1}
    assert workflow.attempts.get().error == error


def test_times_are_aware_and_in_order(rig: Rig) -> None:
    workflow = rig.start_one(noop("a"), created_at=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC))
    rig.work()
    workflow.refresh_from_db()
    job = rig.job(workflow, "a")
    attempt = workflow.attempts.get()
    assert job.created_at == workflow.created_at == datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    assert workflow.started_at == job.queued_at <= job.started_at <= job.finished_at == workflow.finished_at
    assert (attempt.started_at, attempt.finished_at) == (job.started_at, job.finished_at)
    assert workflow.finished_at - workflow.started_at < timedelta(minutes=5)


def test_the_rows_of_jobs_have_what_the_template_says(rig: Rig) -> None:
    workflow = rig.start_one(noop("b"), transform("a", 1), wait("t", "1h"))
    rows = workflow.jobs.order_by("index").values_list("index", "job_id", "name", "type", "status", "attempt")
    assert list(rows) == [
        (0, "b", "b", "noop", "QUEUED", 1),
        (1, "a", "a", "transform", "PENDING", 0),
        (2, "t", "t", "wait", "PENDING", 0),
    ]
    workflow.refresh_from_db()
    assert (workflow.jobs_total, workflow.jobs_ended) == (3, 0)


def test_a_workflow_that_is_gone_from_sql_is_passed_over(rig: Rig) -> None:
    rig.catch_up()
    pk = uuid.uuid4()
    rig.redis.xadd(f"journal:0:{rig.generation}", {"k": "start", "w": str(pk)})
    other = rig.start_one(noop("a"))
    assert rig.state(other) == "RUNNING"
    assert not QuarantinedEntry.objects.exists()


# -- memory and rows ------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_after_each_batch_the_rows_say_what_memory_does(rig: Rig, seed: int) -> None:
    """Random graphs with failures, retries, conditions and timers."""
    rng = random.Random(seed)
    # Its one executor is the default pool's.
    steps = [{k: v for k, v in step.items() if k != "pool"} for step in graphs.document(rng, seed)["steps"]]
    fates = graphs.fates(rng, steps)
    workflow = rig.start_one(*steps, input={"fates": fates})
    compare(rig, workflow)
    for _ in range(200):
        if rig.state(workflow) != "RUNNING":
            break
        claim = rig.take()
        if claim is None:
            rig.scheduler.tick()
        elif graphs.fails(fates[claim.job_id], claim.attempt):
            rig.fail(claim)
        else:
            rig.succeed(claim, graphs.output_of(claim.payload["config"], claim.outcomes))
        rig.catch_up()
        compare(rig, workflow)
    state, statuses = graphs.expected({"steps": steps, "templateId": "t", "version": "1.0.0"}, {"fates": fates})
    assert rig.state(workflow) == state
    assert dict(workflow.jobs.values_list("job_id", "status")) == statuses


def compare(rig: Rig, workflow: Workflow) -> None:
    """Memory as it is, and as a leader that takes over now would load it."""
    leader_loop = rig.scheduler.leader_loop
    assert leader_loop is not None
    kept = leader_loop.processor.workflows.get(str(workflow.pk))
    if kept is None:
        return
    loaded = loading.load([str(workflow.pk)], loading.Graphs())[str(workflow.pk)]
    for place, (mine, theirs) in enumerate(zip(kept.jobs, loaded.jobs, strict=True)):
        assert values(mine) == values(theirs), f"{kept.graph.steps[place].name} of {kept.id}"
    assert seen(kept) == seen(loaded)
    assert kept.time is not None
    assert loaded.time is not None
    # An entry that changed no job's times is not on record.
    assert loaded.time <= kept.time


def values(job: JobRun) -> dict[str, Any]:
    return {field.name: getattr(job, field.name) for field in fields(job)}


def seen(memory: WorkflowRun) -> dict[str, Any]:
    names = ("state", "stored", "ended_jobs", "error", "output", "started_at", "finished_at", "due_at", "busy")
    return {
        **{name: getattr(memory, name) for name in names},
        "running": set(memory.running),
        "unhandled": memory.unhandled,
        "outcomes": memory.outcomes,
    }


# -- attempts -------------------------------------------------------------------------------------


def test_an_attempt_keeps_who_began_it_and_when(rig: Rig) -> None:
    """Its beginning and its end come with different batches."""
    workflow = rig.start_one(noop("a"))
    claim = rig.claim()
    rig.catch_up()
    begun = workflow.attempts.get()
    assert (begun.claim, begun.executor, begun.outcome, begun.finished_at) == (claim.id, "executor", "", None)
    rig.succeed(claim, {})
    rig.catch_up()
    ended = workflow.attempts.get()
    assert (ended.claim, ended.executor, ended.started_at) == (claim.id, "executor", begun.started_at)
    assert ended.outcome == "completed"


def test_a_lost_attempt_is_followed_by_the_next_one(rig: Rig) -> None:
    workflow = rig.start_one(noop("a"))
    rig.report(rig.claim(), "lost", None)
    rig.catch_up()
    claim = rig.claim()
    assert claim.attempt == 2
    rig.succeed(claim, {})
    rig.catch_up()
    job = rig.job(workflow, "a")
    assert (job.status, job.attempt, job.losses, job.failures) == ("COMPLETED", 2, 1, 0)
    assert list(Attempt.objects.order_by("number").values_list("outcome", flat=True)) == ["lost", "completed"]


# -- all or nothing -------------------------------------------------------------------------------


def test_the_batch_of_a_deposed_leader_stores_nothing(rig: Rig) -> None:
    rig.start(noop("a"))
    rig.succeed(rig.claim(), {})
    Shard.objects.update(epoch=99)
    before = everything()
    assert not rig.scheduler.tick().is_open
    assert everything() == before


def test_a_batch_that_does_not_follow_on_the_last_one_stores_nothing(rig: Rig) -> None:
    rig.catch_up()
    shard = Shard.objects.get()
    with pytest.raises(LeadershipLost):
        checkpoint.commit(
            Batch(position="x"), epoch=shard.epoch, old_position="elsewhere", dispatched="", now=rig.clock()
        )
    assert Shard.objects.get().position == shard.position


def test_an_entry_that_cannot_be_read_is_set_aside_and_the_others_are_applied(rig: Rig) -> None:
    rig.catch_up()
    journal = f"journal:0:{rig.generation}"
    for kind in ("nonsense", "timer"):
        rig.redis.xadd(journal, {"k": kind, "x": "y"})
    workflow = rig.start_one(noop("a"))
    assert rig.state(workflow) == "RUNNING"
    assert [row.entry for row in QuarantinedEntry.objects.order_by("pk")] == [
        {"k": "nonsense", "x": "y"},
        {"k": "timer", "x": "y"},
    ]
    assert Shard.objects.get().position > QuarantinedEntry.objects.order_by("pk")[1].position


def test_a_job_whose_outcome_cannot_be_stored_fails(rig: Rig) -> None:
    workflow = rig.start_one(call("a"))
    claim = rig.claim()
    rig.queue.report(claim, AttemptReport("succeeded", "{no json"), next_claim=False)
    rig.until(lambda: rig.state(workflow) == "FAILED")
    assert rig.job(workflow, "a").error["code"] == "unstorable"
    assert QuarantinedEntry.objects.get().workflow_id == str(workflow.pk)


def test_each_event_is_stored_with_its_fact(rig: Rig) -> None:
    workflow = rig.start_one(noop("a"))
    rig.work()
    found = Event.objects.order_by("pk").values_list("type", "subject", "key", "topic")
    pk = str(workflow.pk)
    assert list(found) == [
        ("baseshift.workflow.started", pk, pk, "base-shift.workflows"),
        ("baseshift.job.queued", f"{pk}/a", pk, "base-shift.jobs"),
        ("baseshift.job.started", f"{pk}/a", pk, "base-shift.jobs"),
        ("baseshift.job.completed", f"{pk}/a", pk, "base-shift.jobs"),
        ("baseshift.workflow.completed", pk, pk, "base-shift.workflows"),
    ]
    data = {"workflowId": pk, "templateId": "t", "version": "1.0.0"}
    events = {event.type.removeprefix("baseshift."): event.data for event in Event.objects.all()}
    assert events["job.completed"] == {**data, "jobId": "a", "attempt": 1, "state": "COMPLETED"}
    assert events["workflow.completed"] == {**data, "state": "COMPLETED"}


def test_the_answer_to_a_command_is_stored_once(rig: Rig) -> None:
    workflow = rig.start_one(noop("a"))
    command = rig.command(workflow, "cancel")
    rig.catch_up()
    answered = Command.objects.values().get()
    assert answered["result"] == {"status": 200, "detail": ""}
    assert answered["applied_at"] is not None
    rig.append(command)
    rig.catch_up()
    assert Command.objects.values().get() == answered


def everything() -> list[list[dict[str, Any]]]:
    return [
        list(model.objects.order_by("pk").values())
        for model in (Workflow, Job, Attempt, Event, Command, QuarantinedEntry)
    ]
