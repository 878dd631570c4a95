"""``apply(change, entry)``: the one place where a workflow changes.

Each function takes the :class:`Change` that collects a batch's doings in one workflow, and works in time
proportional to the jobs it touches. What an entry says of an attempt counts only if (attempt, claim) are
the ones on record; anything else is evidence, not a fact.
"""

from datetime import datetime, timedelta
from typing import Any

from apps.workflows.engine import finish, outcomes, starting
from apps.workflows.engine.attempts import end_attempt, timeout_error
from apps.workflows.engine.entries import Entry, Kind
from apps.workflows.engine.retry import MAX_LOSSES
from apps.workflows.engine.run import Change, JobOutcome
from apps.workflows.engine.states import JobStatus, WorkflowState
from apps.workflows.engine.transitions import JobChange, move_workflow

WORKFLOW_TIMER = ""


def apply(change: Change, entry: Entry) -> None:
    """Apply one entry other than a command (see ``commands``)."""
    workflow = change.workflow
    advance(change, entry)
    if entry.kind is Kind.LATE:
        _note_late(change, entry)
    elif workflow.ended:
        if entry.kind in (Kind.SUCCEEDED, Kind.FAILED):
            _note_late(change, entry)
    elif entry.kind is Kind.START:
        begin(change)
    elif entry.kind is Kind.TIMER:
        _timer(change, entry)
    else:
        _report(change, entry)
    finish.finish_if_over(change)


def advance(change: Change, entry: Entry) -> None:
    """Move the workflow's time to the entry's, but never back: Redis' clock may have gone back since."""
    workflow = change.workflow
    workflow.time = max(workflow.time, entry.time)
    change.position = entry.position


def begin(change: Change) -> None:
    """Make an INITIALIZED workflow RUNNING and start the jobs without parents. A second start changes nothing."""
    workflow = change.workflow
    if workflow.state is not WorkflowState.INITIALIZED:
        return
    move_workflow(change, WorkflowState.RUNNING, "started")
    workflow.started_at = change.now
    if workflow.graph.timeout is not None:
        workflow.due_at = change.now + timedelta(seconds=workflow.graph.timeout)
        change.timers.append((workflow.due_at, None, 0))
    starting.start_jobs(change, [step.index for step in workflow.graph.steps if not step.parents])


def _report(change: Change, entry: Entry) -> None:
    index = change.workflow.graph.index.get(entry.job)
    if index is None:
        return
    at = JobChange(change, index)
    job = at.job
    if entry.kind is Kind.CLAIMED:
        _claimed(at, entry.attempt, entry.claim, entry.executor)
    elif job.status is not JobStatus.RUNNING or (job.attempt, job.claim) != (entry.attempt, entry.claim):
        if entry.kind is not Kind.LOST:
            _note_late(change, entry)
    elif entry.kind is Kind.SUCCEEDED:
        outcomes.succeed(at, JobOutcome(entry.data.get("output"), entry.data.get("response")))
        following = change.workflow.graph.index.get(entry.following)
        if following is not None:
            _claimed(JobChange(change, following), 1, entry.following_claim, entry.executor)
    elif entry.kind is Kind.FAILED:
        outcomes.fail(at, entry.data["error"], retry_after=entry.data.get("retryAfter"))
    elif entry.kind is Kind.LOST:
        _lost(at)


def _claimed(at: JobChange, attempt: int, claim: str, executor: str) -> None:
    if at.job.status is JobStatus.QUEUED and at.job.attempt == attempt:
        starting.run(at, claim, executor)


def _lost(at: JobChange) -> None:
    """Queue the job again at once, on a budget of its own: the executor is gone."""
    job = at.job
    job.losses += 1
    end_attempt(at, "lost")
    if job.losses > MAX_LOSSES:
        outcomes.give_up(at, {"code": "lost", "message": f"its executor was lost {job.losses} times"})
        return
    job.attempt += 1
    starting.enqueue(at)


def _timer(change: Change, entry: Entry) -> None:
    workflow = change.workflow
    if entry.job == WORKFLOW_TIMER:
        if workflow.due_at is not None and due_mark(workflow.due_at) == entry.data:
            finish.time_out(change)
        return
    index = workflow.graph.index.get(entry.job)
    if index is None:
        return
    at = JobChange(change, index)
    job = at.job
    if job.attempt != entry.attempt or job.due_at is None or due_mark(job.due_at) != entry.data:
        return
    if job.status is JobStatus.RETRYING:
        starting.retry(at)
    elif job.status is JobStatus.WAITING:
        outcomes.succeed(at, JobOutcome({}), published_here=True)
    elif job.status is JobStatus.RUNNING:
        # Somebody outside took it and did not report in the step's time.
        outcomes.fail(at, timeout_error(at.step.timeout))


def due_mark(due_at: datetime) -> str:
    """Return what a timer's entry carries, so that it fires only for the time it was set for."""
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
