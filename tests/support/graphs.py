"""Random templates, and what becomes of them when nothing goes wrong."""

import random
from datetime import UTC, datetime
from typing import Any

from apps.core.pools import DEFAULT_POOL
from apps.templates.documents.step_types import registry
from apps.workflows.engine.apply import apply, due_mark
from apps.workflows.engine.entries import Entry, Kind
from apps.workflows.engine.graph import compile
from apps.workflows.engine.run import Change, WorkflowRun, new_job_runs
from apps.workflows.engine.states import JobStatus

POOLS = (DEFAULT_POOL, "far")
# Repeatable or not, by an executor or by the scheduler: the engine treats them differently.
TYPES = ("noop", "noop", "transform", "transform", "external_api_call", "wait")


def document(rng: random.Random, number: int) -> dict[str, Any]:
    """A template of one to nine steps, often a line, sometimes a graph with conditions and failures."""
    count = rng.randint(1, 9)
    line = rng.random() < 0.5
    steps = [_step(rng, index, line) for index in range(count)]
    return {"templateId": f"t{number}", "version": "1.0.0", "steps": steps}


def _step(rng: random.Random, index: int, line: bool) -> dict[str, Any]:
    kind = rng.choice(TYPES)
    step: dict[str, Any] = {"name": f"s{index}", "type": kind, "config": {}}
    if not line:
        parents = rng.sample(range(index), min(index, rng.randint(0, 2)))
        step["dependsOn"] = [
            {"step": f"s{parent}", "on": rng.choices(["success", "failure", "always"], [6, 1, 2])[0]}
            for parent in parents
        ]
    elif index:
        parents = [index - 1]
    else:
        parents = []
    if kind == "wait":
        step["config"] = {"duration": f"{rng.randint(1, 900)}ms"}
    if kind == "transform":
        step["config"] = {"output": {"seen": [f"${{steps.s{parent}.output}}" for parent in parents], "me": index}}
    if kind == "external_api_call":
        step["config"] = {"api_endpoint": "http://127.0.0.1/"}
    if rng.random() < 0.3:
        step["retry"] = {"maxAttempts": 2, "initialDelay": "100ms"}
    if rng.random() < 0.15:
        step["when"] = f"input.fates.s{index} != 'flaky'"
    if rng.random() < 0.2:
        step["priority"] = rng.randint(-5, 5)
    if rng.random() < 0.3:
        step["pool"] = "far"
    return step


def fates(rng: random.Random, steps: list[dict[str, Any]]) -> dict[str, str]:
    """What each step's attempts come to: they succeed, they fail, or the first one fails.

    Only a step that is tried again may be flaky: a lost first attempt would else mend it.
    """
    chances = {True: [7, 1, 3], False: [9, 1, 0]}
    return {step["name"]: rng.choices(["ok", "fail", "flaky"], chances["retry" in step])[0] for step in steps}


def fails(fate: str, attempt: int) -> bool:
    return fate == "fail" or (fate == "flaky" and attempt == 1)


def output_of(config: dict[str, Any], outcomes: dict[str, Any]) -> Any:
    """What a sample job gives: for a transform, what its parents gave."""
    if "output" not in config:
        return {}
    parents = [text.split(".")[1] for text in config["output"]["seen"]]
    return {"seen": [outcomes.get(name, {}).get("output") for name in parents], "me": config["output"]["me"]}


def expected(body: dict[str, Any], given: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """The state and the jobs' statuses of the same workflow, run alone and without faults."""
    now = datetime(2030, 1, 1, tzinfo=UTC)
    graph = compile(body, registry)
    memory = WorkflowRun("x", graph, "t", "1.0.0", {}, given, 0, now, new_job_runs(graph), now)
    change = Change(memory)

    def enter(kind: Kind, **values: Any) -> None:
        apply(change, Entry(kind, "x", "", now, **values))

    enter(Kind.START)
    while not memory.ended:
        index = next(i for i, job in enumerate(memory.jobs) if not job.ended and job.status is not JobStatus.PENDING)
        job, name = memory.jobs[index], graph.steps[index].name
        if job.status is JobStatus.QUEUED:
            enter(Kind.CLAIMED, job=name, attempt=job.attempt, claim="c")
            if fails(given["fates"][name], job.attempt):
                data = {"error": {"code": "error", "message": "as its fate says"}}
                enter(Kind.FAILED, job=name, attempt=job.attempt, claim="c", data=data)
            else:
                enter(Kind.SUCCEEDED, job=name, attempt=job.attempt, claim="c", data={"output": {}})
        else:
            assert job.due_at is not None
            enter(Kind.TIMER, job=name, attempt=job.attempt, data=due_mark(job.due_at))
    return memory.state.value, {step.name: memory.jobs[step.index].status.value for step in graph.steps}
