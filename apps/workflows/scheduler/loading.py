"""A workflow's memory from its rows."""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from apps.templates.documents.step_types import registry
from apps.workflows.engine import restore
from apps.workflows.engine.graph import Graph, compile
from apps.workflows.engine.run import Outcome, WorkflowMemory, new_jobs
from apps.workflows.engine.states import JOB_ENDED, JobStatus, WorkflowState
from apps.workflows.models import FrozenDocument, Job, Workflow
from apps.workflows.scheduler.positions import moment

_JOB_FIELDS = (
    "index",
    "status",
    "reason",
    "attempt",
    "claim",
    "failures",
    "losses",
    "error",
    "queued_at",
    "started_at",
    "finished_at",
    "due_at",
)
# Rows of one query: bounds memory, and stays under SQLite's limit of parameters.
CHUNK = 400


class Graphs:
    """Compiled documents, by hash. Bounded: a large graph is some megabytes."""

    def __init__(self, most: int = 256) -> None:
        self._most = most
        self._graphs: OrderedDict[str, Graph] = OrderedDict()

    def load(self, hashes: Iterable[str]) -> dict[str, Graph]:
        """The graphs of these documents; one query for those that are not here."""
        wanted = set(hashes)
        missing = wanted - self._graphs.keys()
        found = {sha: self._graphs[sha] for sha in wanted - missing}
        if missing:
            for document in FrozenDocument.objects.filter(pk__in=missing):
                found[document.pk] = self._graphs[document.pk] = compile(document.body, registry)
        for sha in found:
            self._graphs.move_to_end(sha)
        while len(self._graphs) > self._most:
            self._graphs.popitem(last=False)
        return found


def sizes(workflow_ids: Sequence[str], graphs: Graphs) -> dict[str, int]:
    """How many jobs each of those has that exist."""
    rows = Workflow.objects.filter(pk__in=workflow_ids).order_by().values_list("pk", "document_id")
    documents = {str(pk): document for pk, document in rows}
    compiled = graphs.load(documents.values())
    return {workflow_id: len(compiled[document].steps) for workflow_id, document in documents.items()}


def portions(workflow_ids: Sequence[str], graphs: Graphs, jobs: int) -> Iterator[list[str]]:
    """Those that exist, as many at a time as have so many jobs together, and at most :data:`CHUNK`."""
    for start in range(0, len(workflow_ids), CHUNK):
        some: list[str] = []
        total = 0
        for workflow_id, size in sizes(workflow_ids[start : start + CHUNK], graphs).items():
            if some and total + size > jobs:
                yield some
                some, total = [], 0
            some.append(workflow_id)
            total += size
        if some:
            yield some


def load(workflow_ids: Sequence[str], graphs: Graphs) -> dict[str, WorkflowMemory]:
    """Memories of those of the workflows that exist, by id, as SQL has them."""
    loaded: dict[str, WorkflowMemory] = {}
    for start in range(0, len(workflow_ids), CHUNK):
        rows = list(Workflow.objects.filter(pk__in=workflow_ids[start : start + CHUNK]).order_by())
        compiled = graphs.load(row.document_id for row in rows)
        stored = []
        for row in rows:
            memory = _memory(row, compiled[row.document_id])
            loaded[memory.id] = memory
            if memory.stored:
                stored.append(memory)
        if stored:
            _load_jobs(stored)
    return loaded


def _memory(row: Workflow, graph: Graph) -> WorkflowMemory:
    return WorkflowMemory(
        id=str(row.pk),
        graph=graph,
        template_id=row.template_id,
        version=row.version,
        labels=row.labels,
        input=row.input,
        priority=row.priority,
        created_at=row.created_at,
        jobs=new_jobs(graph),
        state=WorkflowState(row.state),
        # The leader inserts the job rows with the batch that first changes the workflow.
        stored=row.jobs_total > 0,
        error=row.error,
        output=row.output,
        started_at=row.started_at,
        finished_at=row.finished_at,
        due_at=row.due_at,
        # The newest entry that changed it: no later one's time falls below.
        time=max(row.created_at, moment(row.position)),
    )


def _load_jobs(memories: Sequence[WorkflowMemory]) -> None:
    by_id = {memory.id: memory for memory in memories}
    rows = Job.objects.filter(workflow_id__in=list(by_id)).order_by("workflow_id", "index")
    for workflow_id, *values in rows.values_list("workflow_id", *_JOB_FIELDS).iterator(chunk_size=2000):
        _restore(by_id[str(workflow_id)], values)
    for memory in memories:
        restore.derive(memory)
    retained = {
        memory.id: {index for index in memory.graph.retained if memory.jobs[index].ended} for memory in memories
    }
    for workflow_id, index, outcome in _outcomes(retained):
        by_id[workflow_id].outcomes[index] = outcome


def _restore(memory: WorkflowMemory, values: Sequence[Any]) -> None:
    index, status, *rest = values
    job = memory.jobs[index]
    job.status = JobStatus(status)
    (
        job.reason,
        job.attempt,
        job.claim,
        job.failures,
        job.losses,
        job.error,
        job.queued_at,
        job.started_at,
        job.finished_at,
        job.due_at,
    ) = rest


def _outcomes(wanted: Mapping[str, Collection[int]]) -> Iterator[tuple[str, int, Outcome]]:
    """Recorded outcomes of these ended jobs, by workflow and number of the step."""
    workflows = [workflow_id for workflow_id, indexes in wanted.items() if indexes]
    if not workflows:
        return
    rows = Job.objects.filter(workflow_id__in=workflows, status__in=JOB_ENDED)
    indexes = {index for some in wanted.values() for index in some}
    if len(indexes) <= CHUNK:
        rows = rows.filter(index__in=indexes)
    for pk, index, output, response in rows.values_list("workflow_id", "index", "output", "response").iterator():
        if index in wanted[str(pk)]:
            yield str(pk), index, Outcome(output, response)


def still_read(memories: Iterable[WorkflowMemory]) -> dict[str, dict[int, Outcome]]:
    """By workflow the recorded outcomes that executors of jobs still to end will read: Redis must hold them all."""
    wanted = {memory.id: _parents_of_the_rest(memory) for memory in memories}
    found: dict[str, dict[int, Outcome]] = {workflow_id: {} for workflow_id in wanted}
    for workflow_id, index, outcome in _outcomes(wanted):
        found[workflow_id][index] = outcome
    return found


def _parents_of_the_rest(memory: WorkflowMemory) -> set[int]:
    return {
        parent
        for step, job in zip(memory.graph.steps, memory.jobs, strict=True)
        if not job.ended and not step.on_scheduler
        for parent in step.reads
        if memory.jobs[parent].ended
    }
