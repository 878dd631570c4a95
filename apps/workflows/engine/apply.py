"""``apply(change, entry)``: the one place where a workflow changes.

Each function takes the :class:`Change` that collects a batch's doings in one workflow, and works in time
proportional to the jobs it touches. What an entry says of an attempt counts only if (attempt, claim) are
the ones on record; anything else is evidence, not a fact.
"""

from datetime import datetime, timedelta
from typing import Any

from apps.workflows.engine import finish, flow
from apps.workflows.engine.entries import Entry, Kind
from apps.workflows.engine.retry import MAX_LOSSES
from apps.workflows.engine.run import Change, JobMemory, Outcome
from apps.workflows.engine.states import JobStatus, WorkflowState

WORKFLOW_TIMER = ""


def apply(change: Change, entry: Entry) -> None:
    """Apply one entry other than a command (see ``orders``)."""
    workflow = change.workflow
    now = advance(change, entry)
    if entry.kind is Kind.LATE:
        _note_late(change, entry)
    elif workflow.ended:
        if entry.kind in (Kind.SUCCEEDED, Kind.FAILED):
            _note_late(change, entry)
    elif entry.kind is Kind.START:
        begin(change, now)
    elif entry.kind is Kind.TIMER:
        _timer(change, entry, now)
    else:
        _report(change, entry, now)
    finish.finish_if_over(change, now)


def advance(change: Change, entry: Entry) -> datetime:
    """The entry's time, never before an earlier entry's of the same workflow."""
    workflow = change.workflow
    workflow.time = max(workflow.time, entry.time)
    change.position = entry.position
    return workflow.time


def begin(change: Change, now: datetime) -> None:
    """INITIALIZED becomes RUNNING and the jobs without parents start. A second start changes nothing."""
    workflow = change.workflow
    if workflow.state is not WorkflowState.INITIALIZED:
        return
    workflow.state = WorkflowState.RUNNING
    workflow.started_at = now
    flow.tell(change, "workflow.started", now, workflow.state)
    if workflow.graph.timeout is not None:
        workflow.due_at = now + timedelta(seconds=workflow.graph.timeout)
        change.timers.append((workflow.due_at, None, 0))
    flow.start_jobs(change, [step.index for step in workflow.graph.steps if not step.parents], now)


def _report(change: Change, entry: Entry, now: datetime) -> None:
    workflow = change.workflow
    index = workflow.graph.index.get(entry.job)
    if index is None:
        return
    job = workflow.jobs[index]
    if entry.kind is Kind.CLAIMED:
        _claimed(change, index, entry.attempt, entry.claim, entry.executor, now)
    elif job.status is not JobStatus.RUNNING or (job.attempt, job.claim) != (entry.attempt, entry.claim):
        if entry.kind is not Kind.LOST:
            _note_late(change, entry)
    elif entry.kind is Kind.SUCCEEDED:
        flow.succeed(change, index, Outcome(entry.data.get("output"), entry.data.get("response")), now)
        following = workflow.graph.index.get(entry.following)
        if following is not None:
            _claimed(change, following, 1, entry.following_claim, entry.executor, now)
    elif entry.kind is Kind.FAILED:
        flow.fail(change, index, entry.data["error"], now, retry_after=entry.data.get("retryAfter"))
    elif entry.kind is Kind.LOST:
        _lost(change, index, job, now)


def _claimed(change: Change, index: int, attempt: int, claim: str, executor: str, now: datetime) -> None:
    job = change.workflow.jobs[index]
    if job.status is JobStatus.QUEUED and job.attempt == attempt:
        flow.run(change, index, claim, executor, now)


def _lost(change: Change, index: int, job: JobMemory, now: datetime) -> None:
    """The executor is gone: queue again at once, on a budget of its own."""
    job.losses += 1
    flow.end_attempt(change, index, "lost", now, None)
    if job.losses > MAX_LOSSES:
        error = {"code": "lost", "message": f"its executor was lost {job.losses} times"}
        flow.give_up(change, index, error, now)
        return
    job.attempt += 1
    flow.enqueue(change, index, now)


def _timer(change: Change, entry: Entry, now: datetime) -> None:
    workflow = change.workflow
    if entry.job == WORKFLOW_TIMER:
        if workflow.due_at is not None and due_mark(workflow.due_at) == entry.data:
            finish.time_out(change, now)
        return
    index = workflow.graph.index.get(entry.job)
    if index is None:
        return
    job = workflow.jobs[index]
    if job.attempt != entry.attempt or job.due_at is None or due_mark(job.due_at) != entry.data:
        return
    if job.status is JobStatus.RETRYING:
        flow.try_again(change, index, now)
    elif job.status is JobStatus.WAITING:
        flow.succeed(change, index, Outcome({}), now, published_here=True)
    elif job.status is JobStatus.RUNNING:
        # Somebody outside took it and did not report in the step's time.
        flow.fail(change, index, flow.timeout_error(workflow.graph.steps[index].timeout), now)


def due_mark(due_at: datetime) -> str:
    """What a timer's entry carries, so that it fires only for the time it was set for."""
    return due_at.isoformat()


def _note_late(change: Change, entry: Entry) -> None:
    """Keep a report that came after its attempt had ended otherwise; the recorded one, sent twice, is no news."""
    index = change.workflow.graph.index.get(entry.job)
    if index is None or not entry.attempt:
        return
    job = change.workflow.jobs[index]
    recorded = job.status in (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.RETRYING)
    if not recorded or (job.attempt, job.claim) != (entry.attempt, entry.claim):
        report: dict[str, Any] = {"claim": entry.claim, "executor": entry.executor, "report": entry.data}
        change.late[(index, entry.attempt)] = report
