"""Moves of one job from status to status, as the table of transitions allows, and the facts that they emit."""

from dataclasses import dataclass
from datetime import datetime

from apps.workflows.engine.graph import Step
from apps.workflows.engine.run import Change, Fact, JobRun, WorkflowRun
from apps.workflows.engine.states import (
    JOB_TRANSITIONS,
    IllegalTransition,
    JobStatus,
    WorkflowState,
    require_transition,
)


@dataclass(slots=True)
class JobChange:
    """One job within a change: what starts, attempts and ends are applied to."""

    change: Change
    # The step's number.
    index: int

    @property
    def workflow(self) -> WorkflowRun:
        return self.change.workflow

    @property
    def job(self) -> JobRun:
        return self.change.workflow.jobs[self.index]

    @property
    def step(self) -> Step:
        return self.change.workflow.graph.steps[self.index]

    @property
    def now(self) -> datetime:
        return self.change.now

    def move(self, status: JobStatus) -> JobRun:
        """Change the job's status. Raises :class:`IllegalTransition` if the table does not have the transition."""
        job, workflow = self.job, self.workflow
        if status not in JOB_TRANSITIONS[job.status]:
            raise IllegalTransition(f"{self.step.name}: {job.status} to {status}")
        if job.status is JobStatus.RUNNING:
            workflow.running.discard(self.index)
        job.status = status
        job.due_at = None
        self.change.jobs.add(self.index)
        workflow.ended_jobs += job.ended
        if status in (JobStatus.QUEUED, JobStatus.RUNNING):
            workflow.busy.add(self.index)
        else:
            workflow.busy.discard(self.index)
        return job

    def end(self, status: JobStatus) -> JobRun:
        """Move the job to a status that it does not leave any more."""
        job = self.move(status)
        job.finished_at = self.now
        return job

    def set_timer(self, due_at: datetime) -> None:
        """Have a ``timer`` entry for the job's current attempt come at ``due_at``."""
        self.job.due_at = due_at
        self.change.timers.append((due_at, self.index, self.job.attempt))

    def emit(self, kind: str) -> None:
        """Note a fact about the job for the outbox: ``kind`` is the last word of its event's type."""
        job = self.job
        fact = Fact(kind, self.now, str(job.status), self.index, job.attempt or None)
        self.change.facts.append(fact)


def move_workflow(change: Change, state: WorkflowState, kind: str) -> None:
    """Change the workflow's state and note the fact. Raises :class:`IllegalTransition`, as :meth:`JobChange.move`."""
    workflow = change.workflow
    require_transition(workflow.id, workflow.state, state)
    workflow.state = state
    change.facts.append(Fact(kind, change.now, str(state)))
