"""Starts of jobs: conditions, timers, the queue, and the executor that takes a job."""

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from apps.core import durations, times
from apps.core.expressions import placeholders
from apps.core.expressions.cel import ExpressionError
from apps.workflows.engine import ending
from apps.workflows.engine.attempts import attempt_of
from apps.workflows.engine.run import Change
from apps.workflows.engine.states import JobStatus, SkipReason
from apps.workflows.engine.transitions import JobChange

MAX_WAIT = timedelta(days=3650)


def start_jobs(change: Change, ready: Iterable[int]) -> None:
    """Start jobs whose edges are satisfied, and whatever follows at once from skips and failures."""
    waiting = deque(ready)
    while waiting:
        at = JobChange(change, waiting.popleft())
        # A job that failFast or a cancel ended in the meantime stays ended.
        if at.job.status is JobStatus.PENDING:
            waiting.extend(_start(at))


def _start(at: JobChange) -> list[int]:
    """Start one job. Return the jobs that its immediate end lets start."""
    step = at.step
    if step.when is not None:
        try:
            wanted = step.when.evaluate(at.workflow.data(step.condition_reads))
        except ExpressionError as error:
            return _fail_condition(at, str(error))
        if not isinstance(wanted, bool):
            return _fail_condition(at, "it gives no boolean")
        if not wanted:
            return ending.skip(at, SkipReason.CONDITION)
    at.job.attempt = 1
    if step.on_scheduler:
        return _wait(at)
    enqueue(at)
    return []


def _fail_condition(at: JobChange, why: str) -> list[int]:
    return ending.fail_job(at, {"code": "when", "message": f"its condition failed: {why}"})


def _wait(at: JobChange) -> list[int]:
    """Begin a timer. Return the jobs that a failure to do so lets start."""
    job = at.move(JobStatus.WAITING)
    job.started_at = job.started_at or at.now
    attempt_of(at).started_at = at.now
    at.emit("waiting")
    try:
        due_at = wait_until(placeholders.resolve(at.step.config, at.workflow.data(at.step.reads), None), at.now)
    except placeholders.MissingPath as error:
        return ending.fail_attempt(at, {"code": "missing_path", "message": str(error)})
    except (ValueError, TypeError) as error:
        return ending.fail_attempt(at, {"code": "error", "message": f"it cannot wait: {error}"})
    at.set_timer(due_at)
    return []


def wait_until(config: Mapping[str, Any], now: datetime) -> datetime:
    """Return when a ``wait`` step's time is up. ValueError or TypeError for what is no duration and no time."""
    if "duration" in config:
        return now + min(timedelta(seconds=durations.parse(config["duration"])), MAX_WAIT)
    return min(max(times.parse(config["until"]), now), now + MAX_WAIT)


def enqueue(at: JobChange) -> None:
    """Put the job's current attempt before the executors."""
    job = at.move(JobStatus.QUEUED)
    job.queued_at = at.now
    job.claim = ""
    at.emit("queued")


def retry(at: JobChange) -> None:
    """Start the next attempt: the delay of a retry is over."""
    at.job.attempt += 1
    if at.step.on_scheduler:
        start_jobs(at.change, _wait(at))
    else:
        enqueue(at)


def run(at: JobChange, claim: str, executor: str) -> None:
    """Note that somebody has taken the job."""
    job = at.move(JobStatus.RUNNING)
    job.claim = claim
    job.started_at = job.started_at or at.now
    at.workflow.running.add(at.index)
    record = attempt_of(at)
    record.claim, record.executor, record.started_at = claim, executor, at.now
    at.emit("started")
