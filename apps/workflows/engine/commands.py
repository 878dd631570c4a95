"""Commands from outside the engine: cancelling, and the reports of outside workers (contract §4, the job PUT)."""

from datetime import datetime, timedelta
from typing import Any

from apps.core.json import canonical
from apps.workflows.engine import finish, flow
from apps.workflows.engine.apply import advance
from apps.workflows.engine.entries import Answer, Entry, Order
from apps.workflows.engine.run import Change, JobMemory, Outcome
from apps.workflows.engine.states import JobStatus, WorkflowState

APPLIED = Answer(200)
# A claim that no executor made: it has no lease in Redis.
OUTSIDE = "outside:"
REPORTABLE = frozenset({JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.WAITING, JobStatus.RETRYING})
STARTABLE = frozenset({JobStatus.QUEUED, JobStatus.WAITING})


def obey(change: Change, entry: Entry, order: Order) -> Answer:
    """Apply a command and answer it."""
    now = advance(change, entry)
    answer = _cancel(change, now) if order.kind == "cancel" else _report(change, order, now)
    finish.finish_if_over(change, now)
    return answer


def _cancel(change: Change, now: datetime) -> Answer:
    workflow = change.workflow
    if workflow.state is WorkflowState.CANCELLED:
        return APPLIED
    if workflow.ended:
        return Answer(409, f"the workflow is {workflow.state} already")
    finish.cancel(change, now)
    return APPLIED


def _report(change: Change, order: Order, now: datetime) -> Answer:
    workflow = change.workflow
    index = workflow.graph.index.get(order.job)
    if index is None:
        return Answer(404, "there is no such job")
    job, wanted = workflow.jobs[index], JobStatus(order.payload["status"])
    attempt = order.payload.get("attempt") or job.attempt
    refusal = _refusal(change, index, job, wanted, attempt, order.payload)
    if refusal is not None:
        return refusal
    claim = f"{OUTSIDE}{order.id}"
    if wanted is JobStatus.RUNNING:
        _take(change, index, claim, now)
    elif wanted is JobStatus.COMPLETED:
        _settle(change, index, claim, now)
        flow.succeed(change, index, Outcome(order.payload.get("output")), now, published_here=True)
    elif job.status is JobStatus.RETRYING:
        flow.fail_again(change, index, order.payload["error"], now)
    else:
        _settle(change, index, claim, now)
        flow.fail(change, index, order.payload["error"], now)
    return APPLIED


def _refusal(
    change: Change, index: int, job: JobMemory, wanted: JobStatus, attempt: int, payload: dict[str, Any]
) -> Answer | None:
    """Why the report is not applied; ``None`` if it is to be. An exact repeat of what is on record is a 200."""
    if attempt != job.attempt:
        return Answer(409, f"attempt {attempt} is not the current one ({job.attempt})")
    if job.status is wanted and _same(change, index, job, payload):
        return APPLIED
    if job.status is JobStatus.RETRYING and wanted is JobStatus.FAILED and job.error == payload["error"]:
        return APPLIED
    if change.workflow.ended:
        return Answer(409, f"the workflow is {change.workflow.state} already")
    if job.status not in (STARTABLE if wanted is JobStatus.RUNNING else REPORTABLE):
        return Answer(409, f"the job is {job.status} and cannot become {wanted}")
    return None


def _same(change: Change, index: int, job: JobMemory, payload: dict[str, Any]) -> bool:
    if job.status is JobStatus.COMPLETED:
        recorded = change.outcomes.get(index) or change.workflow.outcomes.get(index) or payload.get("recorded")
        output = recorded.output if isinstance(recorded, Outcome) else recorded
        # Not ==: to Python, true is 1.
        return canonical.dumps(output) == canonical.dumps(payload.get("output"))
    if job.status is JobStatus.FAILED:
        return job.error == payload.get("error")
    return job.claim.startswith(OUTSIDE)


def _take(change: Change, index: int, claim: str, now: datetime) -> None:
    """An outside worker begins: it holds no lease in Redis, so the step's timeout bounds it."""
    flow.run(change, index, claim, "outside", now)
    change.settle.add(index)
    job = change.workflow.jobs[index]
    job.due_at = now + timedelta(seconds=change.workflow.graph.steps[index].timeout)
    change.timers.append((job.due_at, index, job.attempt))


def _settle(change: Change, index: int, claim: str, now: datetime) -> None:
    """Whoever holds the attempt lets go, and reports too late; one that nobody took has begun and ended now."""
    change.settle.add(index)
    job = change.workflow.jobs[index]
    record = flow.attempt_of(change, index)
    record.claim = record.claim or job.claim or claim
    job.claim = claim
    if job.status is JobStatus.QUEUED:
        job.started_at = job.started_at or now
        record.started_at, record.executor = now, "outside"
