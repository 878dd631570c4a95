"""Records of attempts, and errors as they are shown."""

from apps.workflows.engine.graph import Step
from apps.workflows.engine.run import AttemptChange, Error, JobRun
from apps.workflows.engine.transitions import JobChange


def attempt_of(at: JobChange) -> AttemptChange:
    """Return the record of the job's current attempt in this batch."""
    return at.change.attempts.setdefault((at.index, at.job.attempt), AttemptChange())


def end_attempt(at: JobChange, outcome: str, error: Error | None = None) -> AttemptChange:
    """Record how the current attempt ended."""
    record = attempt_of(at)
    record.claim = record.claim or at.job.claim
    record.finished_at, record.outcome, record.error = at.now, outcome, error
    return record


def timeout_error(seconds: float) -> Error:
    return {"code": "timeout", "message": f"it took longer than its {seconds:g} s"}


def failure_of(step: Step, job: JobRun) -> Error:
    """Return a job's error as its workflow shows it."""
    error = job.error or {"code": "error", "message": "it failed"}
    return {**error, "jobId": step.name, "attempt": job.attempt}
