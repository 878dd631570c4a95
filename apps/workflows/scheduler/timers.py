"""Timers in memory: a view of SQL's ``due_at``, which is the truth."""

import heapq
from collections.abc import Iterator
from datetime import datetime, timedelta

from apps.workflows.engine.apply import WORKFLOW_TIMER
from apps.workflows.engine.states import JobStatus, WorkflowState
from apps.workflows.live.keys import SHARD
from apps.workflows.models import Job, Workflow

# How far ahead timers are kept here; those behind it are loaded when their time comes nearer.
HORIZON = timedelta(minutes=10)
RELOAD = HORIZON / 2

Timer = tuple[datetime, str, str, int]


class Timers:
    """A heap of due times. The same timer twice is harmless: it applies once."""

    def __init__(self) -> None:
        self._heap: list[Timer] = []
        self._loaded_until: datetime | None = None

    def clear(self) -> None:
        self._heap.clear()
        self._loaded_until = None

    def add(self, due_at: datetime, workflow: str, job: str, attempt: int) -> None:
        if self._loaded_until is not None and due_at <= self._loaded_until:
            heapq.heappush(self._heap, (due_at, workflow, job, attempt))

    def load(self, now: datetime) -> None:
        """Read from SQL what falls due before the horizon, if half of it has passed."""
        if self._loaded_until is not None and self._loaded_until - now > RELOAD:
            return
        self._loaded_until = now + HORIZON
        self._heap = [*self._jobs(self._loaded_until), *self._workflows(self._loaded_until)]
        heapq.heapify(self._heap)

    def pop_due(self, now: datetime) -> Iterator[Timer]:
        while self._heap and self._heap[0][0] <= now:
            yield heapq.heappop(self._heap)

    def next_due(self) -> datetime | None:
        return self._heap[0][0] if self._heap else None

    @staticmethod
    def _jobs(until: datetime) -> Iterator[Timer]:
        waiting = (JobStatus.WAITING, JobStatus.RETRYING, JobStatus.RUNNING)
        rows = Job.objects.filter(status__in=waiting, due_at__lte=until, workflow__shard=SHARD)
        for due_at, workflow, job, attempt in rows.values_list("due_at", "workflow_id", "job_id", "attempt").iterator():
            if due_at is not None:
                yield due_at, str(workflow), job, attempt

    @staticmethod
    def _workflows(until: datetime) -> Iterator[Timer]:
        rows = Workflow.objects.filter(shard=SHARD, state=WorkflowState.RUNNING, due_at__lte=until)
        for due_at, workflow in rows.values_list("due_at", "pk").iterator():
            if due_at is not None:
                yield due_at, str(workflow), WORKFLOW_TIMER, 0
