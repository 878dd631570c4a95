"""Ends of jobs, and what an end means to the jobs behind it.

Each function that ends a job returns the numbers of the jobs that may start because of it; it starts none.
"""

from datetime import timedelta

from apps.workflows.engine.attempts import end_attempt
from apps.workflows.engine.graph import On
from apps.workflows.engine.run import Change, Error, JobOutcome, JobRun
from apps.workflows.engine.states import JobStatus, SkipReason
from apps.workflows.engine.transitions import JobChange


def complete(at: JobChange, outcome: JobOutcome, *, published_here: bool) -> list[int]:
    """End the job as COMPLETED. ``published_here``: no executor has put the outcome into Redis."""
    end_attempt(at, "completed")
    at.end(JobStatus.COMPLETED).error = None
    _keep(at, outcome, published_here=published_here)
    at.emit("completed")
    return _decide_children(at)


def fail_attempt(at: JobChange, error: Error, retry_after: float | None = None) -> list[int]:
    """End the current attempt: the job is RETRYING if its policy says so, else FAILED."""
    at.job.failures += 1
    end_attempt(at, "failed", error)
    delay = retry_delay(at, error, retry_after)
    if delay is None:
        return fail_job(at, error)
    at.move(JobStatus.RETRYING).error = error
    at.set_timer(at.now + timedelta(seconds=delay))
    at.emit("retrying")
    return []


def retry_delay(at: JobChange, error: Error, retry_after: float | None = None) -> float | None:
    """Return the seconds until the next attempt; ``None`` if there is none."""
    seed = f"{at.workflow.id}:{at.index}:{at.job.attempt}"
    return at.step.retry.delay(error["code"], at.job.failures, seed, retry_after)


def fail_job(at: JobChange, error: Error) -> list[int]:
    """End the job as FAILED, and all others with it if the template has ``failFast`` and nobody handles this."""
    at.end(JobStatus.FAILED).error = error
    _keep(at, JobOutcome(), published_here=True)
    at.emit("failed")
    ready = _decide_children(at)
    if at.index not in at.workflow.graph.handled:
        at.workflow.note_unhandled(at.index)
        if at.workflow.graph.fail_fast:
            cancel_open(at.change)
    return ready


def skip(at: JobChange, reason: SkipReason) -> list[int]:
    """End the job as SKIPPED."""
    _mark_skipped(at, reason)
    return _decide_children(at)


def _mark_skipped(at: JobChange, reason: SkipReason) -> None:
    at.end(JobStatus.SKIPPED).reason = reason
    _keep(at, JobOutcome(), published_here=True)
    at.emit("skipped")


def cancel_open(change: Change) -> None:
    """Cancel every job that has not ended."""
    for index, job in enumerate(change.workflow.jobs):
        if job.ended:
            continue
        at = JobChange(change, index)
        if job.status in (JobStatus.RUNNING, JobStatus.WAITING):
            end_attempt(at, "cancelled")
        if job.status is not JobStatus.PENDING:
            change.settle.add(index)
        at.end(JobStatus.CANCELLED)
        at.emit("cancelled")


def _keep(at: JobChange, outcome: JobOutcome, *, published_here: bool) -> None:
    at.change.outcomes[at.index] = outcome
    graph = at.workflow.graph
    if at.index in graph.retained:
        at.workflow.outcomes[at.index] = outcome
    if published_here and at.index in graph.read_by_others:
        at.change.publish.add(at.index)


def _decide_children(parent: JobChange) -> list[int]:
    """Decide the edges behind an ended job and skip what they rule out. Return the jobs that may start."""
    workflow = parent.workflow
    ready: list[int] = []
    ended = [parent.index]
    while ended:
        index = ended.pop()
        for edge in workflow.graph.children[index]:
            child = workflow.jobs[edge.step]
            decide_edge(child, workflow.jobs[index], edge.on)
            if child.status is not JobStatus.PENDING:
                continue
            needed = len(workflow.graph.steps[edge.step].parents)
            if child.satisfied_parents >= needed:
                ready.append(edge.step)
            elif child.satisfied_parents + child.pending_parents < needed:
                _mark_skipped(JobChange(parent.change, edge.step), SkipReason.UPSTREAM)
                ended.append(edge.step)
    return ready


def decide_edge(child: JobRun, parent: JobRun, on: On) -> None:
    """Count an edge of ``child`` whose parent has ended."""
    child.pending_parents -= 1
    child.satisfied_parents += is_satisfied(parent, on)


def is_satisfied(parent: JobRun, on: On) -> bool:
    """Return whether an edge from an ended parent is satisfied (contract §2, "What an edge waits for")."""
    if on is On.ALWAYS:
        return parent.status is not JobStatus.CANCELLED
    if on is On.FAILURE:
        return parent.status is JobStatus.FAILED
    skipped_by_condition = parent.status is JobStatus.SKIPPED and parent.reason == SkipReason.CONDITION
    return parent.status is JobStatus.COMPLETED or skipped_by_condition
