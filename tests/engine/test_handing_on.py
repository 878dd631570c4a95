"""What jobs read of each other, what the engine keeps for itself, and what it wants of Redis."""

from typing import Any

import pytest

from apps.workflows.engine.graph import Step
from tests.engine.driver import created, started, step, wait

CALL = {"api_endpoint": "https://example.org"}


def transform(name: str, output: Any, **keys: Any) -> dict[str, Any]:
    return step(name, "transform", config={"output": output}, **keys)


def second(*steps: dict[str, Any], **keys: Any) -> tuple[Step, set[str]]:
    """The step "b" of a graph, and the names of those that it reads."""
    graph = created(*steps, **keys).workflow.graph
    written = graph.steps[graph.index["b"]]
    return written, {graph.steps[number].name for number in written.reads}


@pytest.mark.parametrize(
    "output", ["${steps.a.output}", {"deep": ["n: ${steps.a.output.n}"]}, "${steps.a.response.status}"]
)
def test_a_step_reads_the_steps_that_its_config_names(output: Any):
    written, reads = second(step("a"), transform("b", output))
    assert (reads, written.reads_base) == ({"a"}, False)


@pytest.mark.parametrize("output", ["${input.x}", "${workflow.id}", ["${input}"]])
def test_a_step_that_names_the_input_or_the_workflow_reads_these(output: Any):
    written, reads = second(step("a"), transform("b", output))
    assert (reads, written.reads_base) == (set(), True)


@pytest.mark.parametrize("output", ["plain", "$${steps.a.output}", "$${input.x}"])
def test_a_step_that_names_nothing_reads_nothing(output: Any):
    written, reads = second(step("a"), transform("b", output))
    assert (reads, written.reads_base) == (set(), False)


def test_a_secret_is_nothing_that_is_read():
    _, reads = second(step("a"), step("b", "external_api_call", config={**CALL, "headers": {"X": "${KEY}"}}))
    assert reads == set()


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("steps.a.output.n + 1", {"a"}),
        ("steps['z'].output", {"z"}),
        ("input.n * 2", set()),
    ],
)
def test_an_expression_reads_the_steps_that_it_names(expression: str, names: set[str]):
    #   z ── a ── b ── c
    b = step("b", "transform", config={"expression": expression})
    _, reads = second(step("z"), step("a"), b, step("c"))
    assert reads == names


def test_a_condition_is_the_engines_to_read_and_not_the_jobs():
    _, reads = second(step("a"), step("b", when="steps.a.output.go"))
    assert reads == set()


# -- what the engine keeps ------------------------------------------------------------------------


def test_the_engine_keeps_the_outcomes_that_conditions_timers_and_the_output_read():
    #   a, b, c and d ── e (when a) ── f (waits for b)
    parents = [step(name, dependsOn=[]) for name in "abcd"]
    e = step("e", dependsOn=list("abcd"), when="steps.a.output.go")
    run = started(*parents, e, wait("f", "${steps.b.output.pause}"), output="${steps.c.output}")
    for name in "abcd":
        run.complete(name, output={"go": True, "pause": "1s", "from": name})
    kept = {run.workflow.graph.steps[index].name for index in run.workflow.outcomes}
    assert kept == {"a", "b", "c"}
    run.complete("e")
    run.ring("f")
    assert run.workflow.output == {"go": True, "pause": "1s", "from": "c"}


def test_without_an_output_the_engine_keeps_that_of_the_last_step():
    run = started(step("a"), step("b", dependsOn=[]), step("c", dependsOn=[]))
    run.complete("a", "b")
    assert run.workflow.outcomes == {}


# -- what Redis is to be told ---------------------------------------------------------------------


def test_an_outcome_that_no_executor_reported_is_handed_to_the_jobs_that_read_it():
    #   a (false), b (30 s), c (from outside) ── d
    reading = ["${steps.a.output}", "${steps.b.output}", "${steps.c.output}"]
    run = started(
        step("a", when="false"),
        wait("b", dependsOn=[]),
        step("c", dependsOn=[]),
        transform("d", reading, dependsOn=["a", "b", "c"]),
    )
    assert run.published == {"a"}
    run.put("c", "COMPLETED")
    assert run.published == {"c"}
    run.ring("b")
    assert run.published == {"b"}


def test_the_outcome_of_a_failed_or_ruled_out_job_is_handed_on_too():
    #   a (fails) ── b ──always── c
    run = started(step("a"), step("b"), transform("c", ["${steps.a.output}", "${steps.b.output}"], on={"b": "always"}))
    run.break_down("a")
    assert run.published == {"a", "b"}


def test_an_outcome_that_an_executor_reported_is_there_already():
    run = started(step("a"), transform("b", "${steps.a.output}"))
    run.complete("a")
    assert run.published == set()


def test_an_outcome_that_nobody_reads_is_not_handed_on():
    run = started(step("a", when="false"), step("b"))
    assert run.published == set()


def test_who_holds_a_job_that_is_cancelled_lets_go():
    #   a (runs)   b (queued)   c (waits)   d (skipped) ── e (not begun)
    run = started(
        step("a"), step("b", dependsOn=[]), wait("c", dependsOn=[]), step("d", dependsOn=[], when="false"), step("e")
    )
    run.claim("a")
    run.cancel()
    assert {"a", "b"} <= run.let_go
    assert "d" not in run.let_go


def test_who_holds_a_job_that_fail_fast_cancels_lets_go():
    run = started(step("a"), step("b", dependsOn=[]), failFast=True)
    run.claim("b")
    run.break_down("a")
    assert "b" in run.let_go


@pytest.mark.parametrize("status", ["RUNNING", "COMPLETED", "FAILED"])
def test_who_holds_a_job_that_is_reported_from_outside_lets_go(status: str):
    run = started(step("a"), step("b"))
    run.put("a", status)
    assert run.let_go == {"a"}


@pytest.mark.parametrize("code", ["error", "validation"])
def test_an_executor_that_reports_has_let_go(code: str):
    run = started(step("a", retry={}), step("b"))
    run.break_down("a", code=code)
    assert run.let_go == set()


def test_a_lost_attempt_is_held_by_nobody():
    run = started(step("a"))
    run.claim("a")
    run.lose("a")
    assert run.let_go == set()
