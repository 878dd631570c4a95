"""Outcomes of attempts: how each ends its job, or not, and starts what follows."""

from apps.workflows.engine import ending
from apps.workflows.engine.attempts import end_attempt
from apps.workflows.engine.run import Error, JobOutcome
from apps.workflows.engine.starting import start_jobs
from apps.workflows.engine.transitions import JobChange


def succeed(at: JobChange, outcome: JobOutcome, *, published_here: bool = False) -> None:
    """Complete the job. ``published_here``: no executor has put the outcome into Redis."""
    start_jobs(at.change, ending.complete(at, outcome, published_here=published_here))


def fail(at: JobChange, error: Error, *, retry_after: float | None = None) -> None:
    """End the attempt as failed: try again if the policy says so, else the job is FAILED."""
    start_jobs(at.change, ending.fail_attempt(at, error, retry_after))


def fail_again(at: JobChange, error: Error) -> None:
    """Correct the error of an attempt that failed already and waits to be tried again: it counts as one failure still."""
    end_attempt(at, "failed", error).claim = at.job.claim
    if ending.retry_delay(at, error) is None:
        give_up(at, error)
    else:
        at.job.error = error
        at.change.jobs.add(at.index)


def give_up(at: JobChange, error: Error) -> None:
    """Fail the job, whatever its retry policy says."""
    start_jobs(at.change, ending.fail_job(at, error))
