"""Jobs from PENDING to their end, and what an end means to the jobs behind it."""

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from apps.core import durations, times
from apps.core.expressions import placeholders
from apps.core.expressions.cel import ExpressionError
from apps.workflows.engine.graph import On, Step
from apps.workflows.engine.run import AttemptChange, Change, Error, Fact, JobMemory, Outcome
from apps.workflows.engine.states import JOB_TRANSITIONS, JobStatus, Reason, WorkflowState

LONGEST_WAIT = timedelta(days=3650)


class IllegalTransition(Exception):
    """A bug in the engine: the table of transitions does not have this one."""


def tell(change: Change, kind: str, now: datetime, state: WorkflowState | JobStatus, job: int | None = None) -> None:
    """Note a fact for the outbox."""
    attempt = change.workflow.jobs[job].attempt if job is not None else None
    change.facts.append(Fact(f"baseshift.{kind}", now, str(state), job, attempt or None))


def move(change: Change, index: int, status: JobStatus) -> JobMemory:
    """Change a job's status, as the table of transitions allows."""
    workflow = change.workflow
    job = workflow.jobs[index]
    if status not in JOB_TRANSITIONS[job.status]:
        raise IllegalTransition(f"{workflow.graph.steps[index].name}: {job.status} to {status}")
    if job.status is JobStatus.RUNNING:
        workflow.running.discard(index)
    job.status = status
    job.due_at = None
    change.jobs.add(index)
    workflow.ended_jobs += job.ended
    if status in (JobStatus.QUEUED, JobStatus.RUNNING):
        workflow.busy.add(index)
    else:
        workflow.busy.discard(index)
    return job


# -- beginning ------------------------------------------------------------------------------------


def start_jobs(change: Change, ready: Iterable[int], now: datetime) -> None:
    """Start jobs whose edges let them, and whatever follows at once from skips and failures."""
    waiting = deque(ready)
    while waiting:
        index = waiting.popleft()
        job = change.workflow.jobs[index]
        # A job that failFast or a cancel ended in the meantime stays ended.
        if job.status is JobStatus.PENDING:
            waiting.extend(_start(change, index, now))


def _start(change: Change, index: int, now: datetime) -> list[int]:
    """Start one job. Returns the jobs that its immediate end lets start."""
    workflow = change.workflow
    step = workflow.graph.steps[index]
    if step.when is not None:
        try:
            wanted = step.when.evaluate(workflow.data(step.asks))
        except ExpressionError as error:
            return _fail_condition(change, index, str(error), now)
        if not isinstance(wanted, bool):
            return _fail_condition(change, index, "it gives no boolean", now)
        if not wanted:
            return skip(change, index, Reason.CONDITION, now)
    workflow.jobs[index].attempt = 1
    if step.on_scheduler:
        return wait(change, index, now)
    enqueue(change, index, now)
    return []


def _fail_condition(change: Change, index: int, why: str, now: datetime) -> list[int]:
    return _conclude_failure(change, index, {"code": "when", "message": f"its condition failed: {why}"}, now)


def wait(change: Change, index: int, now: datetime) -> list[int]:
    """Begin a timer. Returns the jobs that a failure to do so lets start."""
    workflow = change.workflow
    step = workflow.graph.steps[index]
    job = move(change, index, JobStatus.WAITING)
    job.started_at = job.started_at or now
    attempt_of(change, index).started_at = now
    tell(change, "job.waiting", now, job.status, index)
    try:
        job.due_at = wait_until(placeholders.resolve(step.config, workflow.data(step.reads), None), now)
    except placeholders.MissingPath as error:
        return _attempt_failed(change, index, {"code": "missing_path", "message": str(error)}, now)
    except (ValueError, TypeError) as error:
        return _attempt_failed(change, index, {"code": "error", "message": f"it cannot wait: {error}"}, now)
    change.timers.append((job.due_at, index, job.attempt))
    return []


def wait_until(config: Mapping[str, Any], now: datetime) -> datetime:
    """When a ``wait`` step's time is up. ValueError or TypeError for what is no duration and no time."""
    if "duration" in config:
        return now + min(timedelta(seconds=durations.parse(config["duration"])), LONGEST_WAIT)
    return min(max(times.parse(config["until"]), now), now + LONGEST_WAIT)


def enqueue(change: Change, index: int, now: datetime) -> None:
    """Put the job's current attempt before the executors."""
    job = move(change, index, JobStatus.QUEUED)
    job.queued_at = now
    job.claim = ""
    tell(change, "job.queued", now, job.status, index)


def try_again(change: Change, index: int, now: datetime) -> None:
    """The delay of a retry is over."""
    change.workflow.jobs[index].attempt += 1
    if change.workflow.graph.steps[index].on_scheduler:
        start_jobs(change, wait(change, index, now), now)
    else:
        enqueue(change, index, now)


def run(change: Change, index: int, claim: str, executor: str, now: datetime) -> None:
    """Somebody has taken the job."""
    job = move(change, index, JobStatus.RUNNING)
    job.claim = claim
    job.started_at = job.started_at or now
    change.workflow.running.add(index)
    record = attempt_of(change, index)
    record.claim, record.executor, record.started_at = claim, executor, now
    tell(change, "job.started", now, job.status, index)


# -- ending ---------------------------------------------------------------------------------------


def succeed(change: Change, index: int, outcome: Outcome, now: datetime, *, published_here: bool = False) -> None:
    """The job is COMPLETED. ``published_here``: no executor has put the outcome into Redis."""
    end_attempt(change, index, "completed", now, None)
    job = _end(change, index, JobStatus.COMPLETED, now)
    job.error = None
    _keep(change, index, outcome, published_here=published_here)
    tell(change, "job.completed", now, job.status, index)
    start_jobs(change, _decide_children(change, index, now), now)


def fail(change: Change, index: int, error: Error, now: datetime, *, retry_after: float | None = None) -> None:
    """An attempt failed: try again if the policy says so, else the job is FAILED."""
    start_jobs(change, _attempt_failed(change, index, error, now, retry_after), now)


def fail_again(change: Change, index: int, error: Error, now: datetime) -> None:
    """Another word on an attempt that failed already and waits to be tried again: it counts as one failure still."""
    job = change.workflow.jobs[index]
    record = end_attempt(change, index, "failed", now, error)
    record.claim = job.claim
    if _delay(change, index, error, None) is None:
        start_jobs(change, _conclude_failure(change, index, error, now), now)
    else:
        job.error = error
        change.jobs.add(index)


def give_up(change: Change, index: int, error: Error, now: datetime) -> None:
    """The job is FAILED for a reason that is not its attempt's."""
    start_jobs(change, _conclude_failure(change, index, error, now), now)


def _attempt_failed(
    change: Change, index: int, error: Error, now: datetime, retry_after: float | None = None
) -> list[int]:
    job = change.workflow.jobs[index]
    job.failures += 1
    end_attempt(change, index, "failed", now, error)
    delay = _delay(change, index, error, retry_after)
    if delay is None:
        return _conclude_failure(change, index, error, now)
    move(change, index, JobStatus.RETRYING)
    job.error = error
    job.due_at = now + timedelta(seconds=delay)
    change.timers.append((job.due_at, index, job.attempt))
    tell(change, "job.retrying", now, job.status, index)
    return []


def _delay(change: Change, index: int, error: Error, retry_after: float | None) -> float | None:
    workflow = change.workflow
    job = workflow.jobs[index]
    seed = f"{workflow.id}:{index}:{job.attempt}"
    return workflow.graph.steps[index].retry.delay(error["code"], job.failures, seed, retry_after)


def _conclude_failure(change: Change, index: int, error: Error, now: datetime) -> list[int]:
    workflow = change.workflow
    job = _end(change, index, JobStatus.FAILED, now)
    job.error = error
    _keep(change, index, Outcome(), published_here=True)
    tell(change, "job.failed", now, job.status, index)
    ready = _decide_children(change, index, now)
    if index not in workflow.graph.handled:
        workflow.note_unhandled(index)
        if workflow.graph.fail_fast:
            cancel_open(change, now)
    return ready


def skip(change: Change, index: int, reason: Reason, now: datetime) -> list[int]:
    """The job will not run. Returns the jobs that this lets start."""
    _mark_skipped(change, index, reason, now)
    return _decide_children(change, index, now)


def _mark_skipped(change: Change, index: int, reason: Reason, now: datetime) -> None:
    job = _end(change, index, JobStatus.SKIPPED, now)
    job.reason = reason
    _keep(change, index, Outcome(), published_here=True)
    tell(change, "job.skipped", now, job.status, index)


def cancel_open(change: Change, now: datetime) -> None:
    """Cancel every job that has not ended."""
    workflow = change.workflow
    for index, job in enumerate(workflow.jobs):
        if job.ended:
            continue
        if job.status in (JobStatus.RUNNING, JobStatus.WAITING):
            end_attempt(change, index, "cancelled", now, None)
        if job.status is not JobStatus.PENDING:
            change.settle.add(index)
        _end(change, index, JobStatus.CANCELLED, now)
        tell(change, "job.cancelled", now, JobStatus.CANCELLED, index)


def _end(change: Change, index: int, status: JobStatus, now: datetime) -> JobMemory:
    job = move(change, index, status)
    job.finished_at = now
    return job


def _keep(change: Change, index: int, outcome: Outcome, *, published_here: bool) -> None:
    change.outcomes[index] = outcome
    graph = change.workflow.graph
    if index in graph.retained:
        change.workflow.outcomes[index] = outcome
    if published_here and index in graph.read_by_others:
        change.publish.add(index)


def _decide_children(change: Change, parent: int, now: datetime) -> list[int]:
    """Decide the edges behind an ended job; skip what they rule out. Returns the jobs that may start."""
    workflow = change.workflow
    ready: list[int] = []
    ended = [parent]
    while ended:
        index = ended.pop()
        for edge in workflow.graph.children[index]:
            child = workflow.jobs[edge.step]
            child.undecided -= 1
            child.holding += holds(workflow.jobs[index], edge.on)
            if child.status is not JobStatus.PENDING:
                continue
            needed = len(workflow.graph.steps[edge.step].parents)
            if child.holding >= needed:
                ready.append(edge.step)
            elif child.holding + child.undecided < needed:
                _mark_skipped(change, edge.step, Reason.UPSTREAM, now)
                ended.append(edge.step)
    return ready


def holds(parent: JobMemory, on: On) -> bool:
    """Whether an edge from an ended parent comes true (contract §2, "What an edge waits for")."""
    if on is On.ALWAYS:
        return parent.status is not JobStatus.CANCELLED
    if on is On.FAILURE:
        return parent.status is JobStatus.FAILED
    skipped_by_condition = parent.status is JobStatus.SKIPPED and parent.reason == Reason.CONDITION
    return parent.status is JobStatus.COMPLETED or skipped_by_condition


# -- attempts -------------------------------------------------------------------------------------


def attempt_of(change: Change, index: int) -> AttemptChange:
    """The record of the job's current attempt in this batch."""
    return change.attempts.setdefault((index, change.workflow.jobs[index].attempt), AttemptChange())


def end_attempt(change: Change, index: int, outcome: str, now: datetime, error: Error | None) -> AttemptChange:
    """Record how the current attempt ended."""
    record = attempt_of(change, index)
    record.claim = record.claim or change.workflow.jobs[index].claim
    record.finished_at, record.outcome, record.error = now, outcome, error
    return record


def timeout_error(seconds: float) -> Error:
    return {"code": "timeout", "message": f"it took longer than its {seconds:g} s"}


def failure_of(step: Step, job: JobMemory) -> Error:
    """A job's error as its workflow shows it."""
    error = job.error or {"code": "error", "message": "it failed"}
    return {**error, "jobId": step.name, "attempt": job.attempt}
