"""The workflows that the leader has at hand. SQL has all of them: whichever is not here is loaded again."""

from collections import OrderedDict
from collections.abc import Iterable

from apps.workflows.engine.run import WorkflowMemory

# Some 300 bytes each, without inputs and outcomes.
MOST_JOBS = 500_000
# What a workflow takes besides its jobs, in jobs.
BESIDES = 5


class Memories:
    """Those that were used last are kept, up to so many jobs."""

    def __init__(self, most_jobs: int = MOST_JOBS) -> None:
        self._most_jobs = most_jobs
        self._jobs = 0
        self._memories: OrderedDict[str, WorkflowMemory] = OrderedDict()

    def __contains__(self, workflow: str) -> bool:
        return workflow in self._memories

    def get(self, workflow: str) -> WorkflowMemory | None:
        """What is used now is forgotten last."""
        memory = self._memories.get(workflow)
        if memory is not None:
            self._memories.move_to_end(workflow)
        return memory

    def add(self, memories: Iterable[WorkflowMemory]) -> None:
        """Those of workflows that are not here."""
        for memory in memories:
            self._memories[memory.id] = memory
            self._jobs += _weight(memory)

    def drop(self, workflow: str) -> None:
        memory = self._memories.pop(workflow, None)
        if memory is not None:
            self._jobs -= _weight(memory)

    def shrink(self) -> None:
        """Forget those that were not used for longest. Call it between batches: a batch needs all that it loaded."""
        while self._jobs > self._most_jobs and len(self._memories) > 1:
            self.drop(next(iter(self._memories)))


def _weight(memory: WorkflowMemory) -> int:
    return len(memory.jobs) + BESIDES
