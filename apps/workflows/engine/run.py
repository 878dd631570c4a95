"""A workflow as the engine holds it in memory, and what a batch of entries changed."""

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
    """One job. ``pending_parents`` edges may still come true, ``satisfied_parents`` ones have."""

    pending_parents: int
    status: JobStatus = JobStatus.PENDING
    reason: str = ""
    attempt: int = 0
    claim: str = ""
    failures: int = 0
    losses: int = 0
    satisfied_parents: int = 0
    error: Error | None = None
    queued_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    due_at: datetime | None = None

    @property
    def ended(self) -> bool:
        return self.status in JOB_ENDED


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """What a job leaves for others: JSON values."""

    output: Any = None
    response: Any = None


@dataclass(slots=True)
class WorkflowRun:
    """A workflow. ``outcomes`` holds only what the engine itself will read (``Graph.retained``).

    ``stored`` says whether its job rows are in SQL; ``laid_out`` and ``base_sent`` what the effects have put
    in Redis already; ``time`` is the newest entry's, below which no later entry's time falls; ``busy`` are the jobs
    that are QUEUED or RUNNING.
    """

    id: str
    graph: Graph
    template_id: str
    version: str
    labels: Mapping[str, str]
    input: Any
    priority: float
    created_at: datetime
    jobs: list[JobRun]
    time: datetime
    state: WorkflowState = WorkflowState.INITIALIZED
    stored: bool = False
    ended_jobs: int = 0
    error: Error | None = None
    output: Any = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    due_at: datetime | None = None
    outcomes: dict[int, JobOutcome] = field(default_factory=dict)
    running: set[int] = field(default_factory=set)
    busy: set[int] = field(default_factory=set)
    unhandled: int | None = None
    laid_out: set[int] = field(default_factory=set)
    base_sent: bool = False

    @property
    def ended(self) -> bool:
        return self.state in WORKFLOW_ENDED

    @property
    def current_job(self) -> str | None:
        """The job that started last and has not ended; of those of one moment, the one written last.

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
        """What ``workflow`` means in placeholders and expressions."""
        return {
            "id": self.id,
            "templateId": self.template_id,
            "version": self.version,
            "labels": dict(self.labels),
            "priority": self.priority,
            "createdAt": times.rfc3339(self.created_at),
        }

    def data(self, reads: Iterable[int]) -> dict[str, Any]:
        """What placeholders and expressions of the engine's own may read, of the outcomes those of ``reads``."""
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
    executor: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
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
    """What a batch changed in one workflow. ``fresh``: its job rows come with this batch."""

    workflow: WorkflowRun
    fresh: bool = False
    position: str = ""
    jobs: set[int] = field(default_factory=set)
    outcomes: dict[int, JobOutcome] = field(default_factory=dict)
    attempts: dict[tuple[int, int], AttemptChange] = field(default_factory=dict)
    late: dict[tuple[int, int], Any] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    # Jobs that ended without their executor saying so: whoever holds them in Redis must let go.
    settle: set[int] = field(default_factory=set)
    # Outcomes that no executor put in Redis, and that others read.
    publish: set[int] = field(default_factory=set)
    timers: list[tuple[datetime, int | None, int]] = field(default_factory=list)
    # The newest command in this batch, by its stream id: up to it the hold is lifted.
    command: str = ""

    @property
    def now(self) -> datetime:
        """The time of the entry that is applied."""
        return self.workflow.time
