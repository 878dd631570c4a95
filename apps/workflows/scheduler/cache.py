"""The leader's cache of workflow runs. SQL has all of them: one that is not here is loaded again."""

from collections import OrderedDict
from collections.abc import Iterable

from apps.workflows.engine.run import WorkflowRun

# Some 300 bytes each, without inputs and outcomes.
MAX_JOBS = 500_000
# What a workflow takes besides its jobs, in jobs.
WORKFLOW_WEIGHT = 5


class WorkflowCache:
    """A cache that drops the least recently used runs, bounded by their jobs."""

    def __init__(self, max_jobs: int = MAX_JOBS) -> None:
        self._max_jobs = max_jobs
        self._jobs = 0
        self._runs: OrderedDict[str, WorkflowRun] = OrderedDict()

    def __contains__(self, workflow: str) -> bool:
        return workflow in self._runs

    def get(self, workflow: str) -> WorkflowRun | None:
        """Return the run and mark it as used; None if it is not here."""
        run = self._runs.get(workflow)
        if run is not None:
            self._runs.move_to_end(workflow)
        return run

    def add(self, runs: Iterable[WorkflowRun]) -> None:
        """Add runs that are not here."""
        for run in runs:
            self._runs[run.id] = run
            self._jobs += _weight(run)

    def drop(self, workflow: str) -> None:
        run = self._runs.pop(workflow, None)
        if run is not None:
            self._jobs -= _weight(run)

    def shrink(self) -> None:
        """Drop the least recently used runs beyond the bound. Call it between batches: a batch needs all that it loaded."""
        while self._jobs > self._max_jobs and len(self._runs) > 1:
            self.drop(next(iter(self._runs)))


def _weight(run: WorkflowRun) -> int:
    return len(run.jobs) + WORKFLOW_WEIGHT
