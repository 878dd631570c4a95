"""A workflow as the engine holds it in memory, and the changes of a batch of entries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.core import times
from apps.workflows.engine.graph import Graph
from apps.workflows.engine.states import JOB_ENDED, WORKFLOW_ENDED, JobStatus, WorkflowState

Error = dict[str, Any]


@dataclass(slots=True)
class JobRun:
    """One job of a workflow run."""

    # Edges that may still be satisfied.
    pending_parents: int
    status: JobStatus = JobStatus.PENDING
    # A SkipReason; empty if it was not skipped.
    reason: str = ""
    # The attempt that runs, or ran last; 0 before the first is queued.
    attempt: int = 0
    # The claim id of whoever has the attempt.
    claim: str = ""
    # Attempts that failed, and that were lost.
    failures: int = 0
    losses: int = 0
    # Edges that are satisfied.
    satisfied_parents: int = 0
    # The last attempt's.
    error: Error | None = None
    queued_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    # When its timer, its retry's delay or an outside worker's time is up.
    due_at: datetime | None = None

    @property
    def ended(self) -> bool:
        return self.status in JOB_ENDED


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """The values that a job leaves for others, in JSON."""

    output: Any = None
    response: Any = None


@dataclass(slots=True)
class WorkflowRun:
    """A workflow and its jobs."""

    id: str
    graph: Graph
    template_id: str
    version: str
    labels: Mapping[str, str]
    input: Any
    priority: float
    created_at: datetime
    # By the number of the step.
    jobs: list[JobRun]
    # The newest entry's, below which no later entry's time falls.
    time: datetime
    state: WorkflowState = WorkflowState.INITIALIZED
    # Whether its job rows are in SQL.
    stored: bool = False
    ended_jobs: int = 0
    error: Error | None = None
    output: Any = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    # When the template's timeout ends it.
    due_at: datetime | None = None
    # Only those that the engine itself will read (Graph.retained).
    outcomes: dict[int, JobOutcome] = field(default_factory=dict)
    # The jobs that are RUNNING.
    running: set[int] = field(default_factory=set)
    # The jobs that are QUEUED or RUNNING.
    busy: set[int] = field(default_factory=set)
    # The failed job whose error the workflow shows.
    unhandled: int | None = None
    # The jobs whose payloads the effects have put in Redis already, and whether the common part is there.
    laid_out: set[int] = field(default_factory=set)
    base_sent: bool = False

    @property
    def ended(self) -> bool:
        return self.state in WORKFLOW_ENDED

    @property
    def current_job(self) -> str | None:
        """The name of the job that started last and has not ended; of those of one moment, the one written last.

        Looks at all that run: as many as there are slots.
        """
        if not self.running:
            return None
        last = max(self.running, key=lambda index: (self.jobs[index].started_at, index))
        return self.graph.steps[last].name

    def note_unhandled(self, index: int) -> None:
        """Remember the failure that the workflow shows: the first; of those of one moment, the one written first."""
        if self.unhandled is None or self._failed_at(index) < self._failed_at(self.unhandled):
            self.unhandled = index

    def _failed_at(self, index: int) -> tuple[datetime, int]:
        return (self.jobs[index].finished_at or self.time, index)

    def facts(self) -> dict[str, Any]:
        """Return the value of ``workflow`` in placeholders and expressions."""
        return {
            "id": self.id,
            "templateId": self.template_id,
            "version": self.version,
            "labels": dict(self.labels),
            "priority": self.priority,
            "createdAt": times.rfc3339(self.created_at),
        }

    def data(self, reads: Iterable[int]) -> dict[str, Any]:
        """Return what placeholders and expressions in the engine may read; of the outcomes those of ``reads``."""
        steps = {
            self.graph.steps[index].name: {
                "status": str(self.jobs[index].status),
                "output": self.outcomes[index].output,
                "response": self.outcomes[index].response,
            }
            for index in reads
            if index in self.outcomes
        }
        return {"input": self.input, "workflow": self.facts(), "steps": steps}


def new_job_runs(graph: Graph) -> list[JobRun]:
    return [JobRun(pending_parents=len(step.parents)) for step in graph.steps]


@dataclass(slots=True)
class AttemptChange:
    """An attempt as a batch leaves it."""

    claim: str = ""
    # The executor's name, or ``outside``.
    executor: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    # completed, failed, lost or cancelled; empty while it runs.
    outcome: str = ""
    error: Error | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened, for the outbox."""

    # The last word of the event's type.
    kind: str
    time: datetime
    state: str
    # A step's number; None for the workflow itself.
    job: int | None = None
    attempt: int | None = None


@dataclass(slots=True)
class Change:
    """The changes of a batch in one workflow. Jobs stand by their numbers."""

    workflow: WorkflowRun
    # Whether its job rows come with this batch.
    fresh: bool = False
    # Of the last entry that was applied to it.
    position: str = ""
    # Jobs whose rows changed.
    jobs: set[int] = field(default_factory=set)
    # Of jobs that ended.
    outcomes: dict[int, JobOutcome] = field(default_factory=dict)
    # By job and attempt.
    attempts: dict[tuple[int, int], AttemptChange] = field(default_factory=dict)
    # Reports that came too late, by job and attempt.
    late: dict[tuple[int, int], Any] = field(default_factory=dict)
    # For the outbox, in their order.
    facts: list[Fact] = field(default_factory=list)
    # Jobs that ended without their executor saying so: whoever holds them in Redis must let go.
    settle: set[int] = field(default_factory=set)
    # Outcomes that no executor put in Redis, and that others read.
    publish: set[int] = field(default_factory=set)
    # New due times: when, of which job (None: the workflow), of which attempt.
    timers: list[tuple[datetime, int | None, int]] = field(default_factory=list)
    # The newest command in this batch, by its stream id: up to it the hold is lifted.
    command: str = ""

    @property
    def now(self) -> datetime:
        """The time of the entry that is applied."""
        return self.workflow.time
