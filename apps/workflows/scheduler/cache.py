"""The workflows that the leader has at hand. SQL has all of them: whichever is not here is loaded again."""

from collections import OrderedDict
from collections.abc import Iterable

from apps.workflows.engine.run import WorkflowRun

# Some 300 bytes each, without inputs and outcomes.
MAX_JOBS = 500_000
# What a workflow takes besides its jobs, in jobs.
WORKFLOW_WEIGHT = 5


class WorkflowCache:
    """Those that were used last are kept, up to so many jobs."""

    def __init__(self, most_jobs: int = MAX_JOBS) -> None:
        self._most_jobs = most_jobs
        self._jobs = 0
        self._runs: OrderedDict[str, WorkflowRun] = OrderedDict()

    def __contains__(self, workflow: str) -> bool:
        return workflow in self._runs

    def get(self, workflow: str) -> WorkflowRun | None:
        """What is used now is forgotten last."""
        run = self._runs.get(workflow)
        if run is not None:
            self._runs.move_to_end(workflow)
        return run

    def add(self, runs: Iterable[WorkflowRun]) -> None:
        """Those of workflows that are not here."""
        for run in runs:
            self._runs[run.id] = run
            self._jobs += _weight(run)

    def drop(self, workflow: str) -> None:
        run = self._runs.pop(workflow, None)
        if run is not None:
            self._jobs -= _weight(run)

    def shrink(self) -> None:
        """Forget those that were not used for longest. Call it between batches: a batch needs all that it loaded."""
        while self._jobs > self._most_jobs and len(self._runs) > 1:
            self.drop(next(iter(self._runs)))


def _weight(run: WorkflowRun) -> int:
    return len(run.jobs) + WORKFLOW_WEIGHT
