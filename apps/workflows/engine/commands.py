"""Commands from outside the engine: cancelling, and the reports of outside workers (contract §4, the job PUT)."""

from datetime import timedelta
from typing import Any

from apps.core.json import canonical
from apps.workflows.engine import finish, outcomes, starting
from apps.workflows.engine.apply import advance
from apps.workflows.engine.attempts import attempt_of
from apps.workflows.engine.entries import Command, CommandResult, Entry
from apps.workflows.engine.run import Change, JobOutcome
from apps.workflows.engine.states import JobStatus, WorkflowState
from apps.workflows.engine.transitions import JobChange

APPLIED = CommandResult(200)
# A claim that no executor made: it has no lease in Redis.
OUTSIDE = "outside:"
REPORTABLE = frozenset({JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.WAITING, JobStatus.RETRYING})
STARTABLE = frozenset({JobStatus.QUEUED, JobStatus.WAITING})


def apply_command(change: Change, entry: Entry, command: Command) -> CommandResult:
    """Apply a command and say what it came to."""
    advance(change, entry)
    result = _cancel(change) if command.kind == "cancel" else _report(change, command)
    finish.finish_if_over(change)
    return result


def _cancel(change: Change) -> CommandResult:
    workflow = change.workflow
    if workflow.state is WorkflowState.CANCELLED:
        return APPLIED
    if workflow.ended:
        return CommandResult(409, f"the workflow is {workflow.state} already")
    finish.cancel(change)
    return APPLIED


def _report(change: Change, command: Command) -> CommandResult:
    index = change.workflow.graph.index.get(command.job)
    if index is None:
        return CommandResult(404, "there is no such job")
    at = JobChange(change, index)
    wanted = JobStatus(command.payload["status"])
    refusal = _refusal(at, wanted, command.payload)
    if refusal is not None:
        return refusal
    claim = f"{OUTSIDE}{command.id}"
    # In the place of an executor's name.
    by = command.payload.get("by")
    reporter = f"{OUTSIDE}{by}" if by else "outside"
    if wanted is JobStatus.RUNNING:
        _take(at, claim, reporter)
    elif wanted is JobStatus.COMPLETED:
        _settle(at, claim, reporter)
        outcomes.succeed(at, JobOutcome(command.payload.get("output")), published_here=True)
    elif at.job.status is JobStatus.RETRYING:
        outcomes.fail_again(at, command.payload["error"])
    else:
        _settle(at, claim, reporter)
        outcomes.fail(at, command.payload["error"])
    return APPLIED


def _refusal(at: JobChange, wanted: JobStatus, payload: dict[str, Any]) -> CommandResult | None:
    """Return why the report is not applied; ``None`` if it is to be. An exact repeat of what is on record is a 200."""
    job, workflow = at.job, at.workflow
    attempt = payload.get("attempt") or job.attempt
    if attempt != job.attempt:
        return CommandResult(409, f"attempt {attempt} is not the current one ({job.attempt})")
    if job.status is wanted and _is_repeat(at, payload):
        return APPLIED
    if job.status is JobStatus.RETRYING and wanted is JobStatus.FAILED and job.error == payload["error"]:
        return APPLIED
    if workflow.ended:
        return CommandResult(409, f"the workflow is {workflow.state} already")
    if job.status not in (STARTABLE if wanted is JobStatus.RUNNING else REPORTABLE):
        return CommandResult(409, f"the job is {job.status} and cannot become {wanted}")
    return None


def _is_repeat(at: JobChange, payload: dict[str, Any]) -> bool:
    job = at.job
    if job.status is JobStatus.COMPLETED:
        recorded = at.change.outcomes.get(at.index) or at.workflow.outcomes.get(at.index) or payload.get("recorded")
        output = recorded.output if isinstance(recorded, JobOutcome) else recorded
        # Not ==: to Python, true is 1.
        return canonical.dumps(output) == canonical.dumps(payload.get("output"))
    if job.status is JobStatus.FAILED:
        return job.error == payload.get("error")
    return job.claim.startswith(OUTSIDE)


def _take(at: JobChange, claim: str, reporter: str) -> None:
    """Let an outside worker begin: it holds no lease in Redis, so the step's timeout bounds it."""
    starting.run(at, claim, reporter)
    at.change.settle.add(at.index)
    at.set_timer(at.now + timedelta(seconds=at.step.timeout))


def _settle(at: JobChange, claim: str, reporter: str) -> None:
    """Have whoever holds the attempt let go, and report too late; one that nobody took has begun and ended now."""
    at.change.settle.add(at.index)
    job = at.job
    record = attempt_of(at)
    record.claim = record.claim or job.claim or claim
    job.claim = claim
    if job.status is JobStatus.QUEUED:
        job.started_at = job.started_at or at.now
        record.started_at = at.now
        record.executor = reporter
