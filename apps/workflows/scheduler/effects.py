"""Effects of a committed change on Redis: operations for ``lua/effects.lua``, each safe to send again."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from apps.workflows.engine.commands import OUTSIDE
from apps.workflows.engine.graph import Graph
from apps.workflows.engine.priority import score
from apps.workflows.engine.retry import LOSSES_BEFORE_ALONE
from apps.workflows.engine.run import Change, JobOutcome, JobRun, WorkflowRun
from apps.workflows.engine.states import JobStatus

Operation = tuple[str | int, ...]

# How far ahead a linear run of steps is laid out for continuation.
LAYOUT_AHEAD = 64


def of_change(change: Change, state_ttl: int) -> Iterator[Operation]:
    """Yield the effects of a batch's change in one workflow."""
    workflow = change.workflow
    if change.fresh:
        yield job_list(workflow)
    for index in change.settle:
        yield _settle(workflow, index, workflow.jobs[index])
    if workflow.ended:
        yield finished(workflow, state_ttl)
    else:
        for index in change.publish:
            yield outcome(workflow, index, change.outcomes[index])
        queued = sorted(index for index in change.jobs if workflow.jobs[index].status is JobStatus.QUEUED)
        yield from enqueue(workflow, queued)
        yield state(workflow)
    if change.command:
        yield unhold(workflow.id, change.command, workflow.graph.pools)


def unhold(workflow_id: str, stream_id: str, pools: Iterable[str] = ()) -> Operation:
    """Lift the workflow's hold, and wake the executors of ``pools`` for what was held."""
    return ("unhold", workflow_id, stream_id, ",".join(pools))


def of_workflow(
    workflow: WorkflowRun, outcomes: dict[int, JobOutcome], lease_ms: int, state_ttl: int
) -> Iterator[Operation]:
    """All that Redis should hold of a workflow, for a rebuild and for take-over.

    ``outcomes`` are those that jobs still to run will read. Running jobs get a fresh lease: who renews is kept.
    """
    if workflow.ended:
        for index, job in enumerate(workflow.jobs):
            yield _settle(workflow, index, job)
        yield job_list(workflow)
        yield finished(workflow, state_ttl)
        return
    yield job_list(workflow)
    for index, value in outcomes.items():
        yield outcome(workflow, index, value)
    queued = []
    for index, job in enumerate(workflow.jobs):
        if job.status is JobStatus.QUEUED:
            queued.append(index)
        elif job.status is JobStatus.RUNNING and not job.claim.startswith(OUTSIDE):
            yield from _keep_running(workflow, index, job, lease_ms)
        elif job.status is not JobStatus.PENDING:
            yield _settle(workflow, index, job)
    yield from enqueue(workflow, queued)
    yield state(workflow)


def _keep_running(workflow: WorkflowRun, index: int, job: JobRun, lease_ms: int) -> Iterator[Operation]:
    yield from _layout(workflow, index)
    yield ("lease", workflow.id, workflow.graph.steps[index].name, job.attempt, job.claim, lease_ms)


def enqueue(workflow: WorkflowRun, queued: Iterable[int]) -> Iterator[Operation]:
    for index in queued:
        step = workflow.graph.steps[index]
        if _alone(workflow, index):
            # Its route says so from now on.
            workflow.laid_out.discard(index)
        yield from _layout(workflow, index)
        yield ("enqueue", workflow.id, step.name, workflow.jobs[index].attempt, step.pool, _score(workflow, index))


def state(workflow: WorkflowRun) -> Operation:
    return ("state", workflow.id, workflow.state, workflow.current_job or "")


def job_list(workflow: WorkflowRun) -> Operation:
    return ("jobs", workflow.id, ",".join(workflow.graph.job_ids))


def finished(workflow: WorkflowRun, state_ttl: int) -> Operation:
    return ("finish", workflow.id, workflow.state, state_ttl)


def _settle(workflow: WorkflowRun, index: int, job: JobRun) -> Operation:
    step = workflow.graph.steps[index]
    return ("settle", workflow.id, step.name, max(job.attempt, 1), step.pool)


def outcome(workflow: WorkflowRun, index: int, value: JobOutcome) -> Operation:
    text = json.dumps({"output": value.output, "response": value.response, "status": workflow.jobs[index].status})
    return ("outcome", workflow.id, workflow.graph.steps[index].name, text)


def _score(workflow: WorkflowRun, index: int) -> str:
    own = workflow.graph.steps[index].priority
    return f"{score(workflow.priority if own is None else own, workflow.created_at):.6f}"


def _alone(workflow: WorkflowRun, index: int) -> bool:
    """Return whether the job may be what kills its executors: then it must not take its neighbours along."""
    return workflow.jobs[index].losses >= LOSSES_BEFORE_ALONE


def _layout(workflow: WorkflowRun, index: int) -> Iterator[Operation]:
    """Yield the payloads of a job and of the linear run behind it that are not in Redis yet."""
    for number in islice(_run_from(workflow.graph, index), LAYOUT_AHEAD):
        if number in workflow.laid_out:
            continue
        step = workflow.graph.steps[number]
        if step.reads_base and not workflow.base_sent:
            workflow.base_sent = True
            yield ("base", workflow.id, base(workflow))
        workflow.laid_out.add(number)
        yield ("layout", workflow.id, step.name, _route(workflow, number), _payload(workflow.graph, number))


def _run_from(graph: Graph, index: int) -> Iterator[int]:
    number: int | None = index
    while number is not None:
        yield number
        number = graph.following[number]


def base(workflow: WorkflowRun) -> str:
    """Return the part of the jobs' data that is the same for all jobs of a workflow."""
    return json.dumps({"input": workflow.input, "workflow": workflow.facts()})


def _route(workflow: WorkflowRun, index: int) -> str:
    graph = workflow.graph
    step = graph.steps[index]
    following = graph.following[index]
    flags = (
        "b" * step.reads_base
        + "k" * (index in graph.read_by_others)
        + "c" * step.repeatable
        + "a" * _alone(workflow, index)
    )
    reads = ",".join(graph.steps[number].name for number in step.reads)
    name = "" if following is None else graph.steps[following].name
    return f"{step.pool}|{_score(workflow, index)}|{flags}|{name}|{reads}"


def _payload(graph: Graph, index: int) -> str:
    if index not in graph.payloads:
        step = graph.steps[index]
        payload: dict[str, Any] = {"type": step.type, "config": step.config, "timeout": step.timeout}
        graph.payloads[index] = json.dumps(payload)
    return graph.payloads[index]
