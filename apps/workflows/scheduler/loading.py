"""Workflow runs from their rows."""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from apps.templates.documents.step_types import registry
from apps.workflows.engine import restore
from apps.workflows.engine.graph import Graph, compile
from apps.workflows.engine.run import JobOutcome, JobRun, WorkflowRun, new_job_runs
from apps.workflows.engine.states import JOB_ENDED, JobStatus, WorkflowState
from apps.workflows.models import DocumentSnapshot, Job, Workflow
from apps.workflows.scheduler import job_columns
from apps.workflows.scheduler.positions import moment

# Rows of one query: bounds memory, and stays under SQLite's limit of parameters.
CHUNK = 400


class Graphs:
    """Compiled documents, by hash. Bounded: a large graph is some megabytes."""

    def __init__(self, most: int = 256) -> None:
        self._most = most
        self._graphs: OrderedDict[str, Graph] = OrderedDict()

    def load(self, hashes: Iterable[str]) -> dict[str, Graph]:
        """Return the graphs of these documents, with one query for those that are not here."""
        wanted = set(hashes)
        missing = wanted - self._graphs.keys()
        found = {sha: self._graphs[sha] for sha in wanted - missing}
        if missing:
            for document in DocumentSnapshot.objects.filter(pk__in=missing):
                found[document.pk] = self._graphs[document.pk] = compile(document.body, registry)
        for sha in found:
            self._graphs.move_to_end(sha)
        while len(self._graphs) > self._most:
            self._graphs.popitem(last=False)
        return found


def sizes(workflow_ids: Sequence[str], graphs: Graphs) -> dict[str, int]:
    """Return the number of jobs of each workflow that exists."""
    rows = Workflow.objects.filter(pk__in=workflow_ids).order_by().values_list("pk", "document_id")
    documents = {str(pk): document for pk, document in rows}
    compiled = graphs.load(documents.values())
    return {workflow_id: len(compiled[document].steps) for workflow_id, document in documents.items()}


def portions(workflow_ids: Sequence[str], graphs: Graphs, jobs: int) -> Iterator[list[str]]:
    """Yield the workflows that exist, as many at a time as have so many jobs together, and at most :data:`CHUNK`."""
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


def load(workflow_ids: Sequence[str], graphs: Graphs) -> dict[str, WorkflowRun]:
    """Load those of the workflows that exist, by id, as SQL has them."""
    loaded: dict[str, WorkflowRun] = {}
    for start in range(0, len(workflow_ids), CHUNK):
        rows = list(Workflow.objects.filter(pk__in=workflow_ids[start : start + CHUNK]).order_by())
        compiled = graphs.load(row.document_id for row in rows)
        stored = []
        for row in rows:
            run = _run_of(row, compiled[row.document_id])
            loaded[run.id] = run
            if run.stored:
                stored.append(run)
        if stored:
            _load_jobs(stored)
    return loaded


def _run_of(row: Workflow, graph: Graph) -> WorkflowRun:
    return WorkflowRun(
        id=str(row.pk),
        graph=graph,
        template_id=row.template_id,
        version=row.version,
        labels=row.labels,
        input=row.input,
        priority=row.priority,
        created_at=row.created_at,
        jobs=new_job_runs(graph),
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


def _load_jobs(runs: Sequence[WorkflowRun]) -> None:
    by_id = {run.id: run for run in runs}
    rows = Job.objects.filter(workflow_id__in=list(by_id)).order_by("workflow_id", "index")
    columns = ("workflow_id", "index", *job_columns.ALL)
    for workflow_id, index, *values in rows.values_list(*columns).iterator(chunk_size=2000):
        _restore(by_id[str(workflow_id)].jobs[index], values)
    for run in runs:
        restore.derive(run)
    retained = {run.id: {index for index in run.graph.retained if run.jobs[index].ended} for run in runs}
    for workflow_id, index, outcome in _outcomes(retained):
        by_id[workflow_id].outcomes[index] = outcome


def _restore(job: JobRun, values: Sequence[Any]) -> None:
    for name, value in zip(job_columns.ALL, values, strict=True):
        setattr(job, name, value)
    # The engine compares statuses by identity.
    job.status = JobStatus(job.status)


def _outcomes(wanted: Mapping[str, Collection[int]]) -> Iterator[tuple[str, int, JobOutcome]]:
    """Yield the recorded outcomes of these ended jobs, by workflow and number of the step."""
    workflows = [workflow_id for workflow_id, indexes in wanted.items() if indexes]
    if not workflows:
        return
    rows = Job.objects.filter(workflow_id__in=workflows, status__in=JOB_ENDED)
    indexes = {index for some in wanted.values() for index in some}
    if len(indexes) <= CHUNK:
        rows = rows.filter(index__in=indexes)
    for pk, index, output, response in rows.values_list("workflow_id", "index", "output", "response").iterator():
        if index in wanted[str(pk)]:
            yield str(pk), index, JobOutcome(output, response)


def still_read(runs: Iterable[WorkflowRun]) -> dict[str, dict[int, JobOutcome]]:
    """Return by workflow the recorded outcomes that executors will still read: Redis must hold them all."""
    wanted = {run.id: _parents_of_the_rest(run) for run in runs}
    found: dict[str, dict[int, JobOutcome]] = {workflow_id: {} for workflow_id in wanted}
    for workflow_id, index, outcome in _outcomes(wanted):
        found[workflow_id][index] = outcome
    return found


def _parents_of_the_rest(run: WorkflowRun) -> set[int]:
    return {
        parent
        for step, job in zip(run.graph.steps, run.jobs, strict=True)
        if not job.ended and not step.on_scheduler
        for parent in step.reads
        if run.jobs[parent].ended
    }
