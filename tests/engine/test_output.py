"""The workflow's output, and the schema it must keep."""

from typing import Any

import pytest

from tests.engine.driver import Run, started, step

NUMBER = {"type": "object", "properties": {"n": {"type": "number"}}, "required": ["n"]}


def failed_with(run: Run) -> str:
    assert run.state == "FAILED"
    assert run.workflow.error is not None
    assert run.workflow.output is None
    return str(run.workflow.error["code"])


def test_by_default_the_output_is_that_of_the_step_written_last():
    #   b ── a    (a is written first and runs last)
    run = started(step("a", dependsOn=["b"]), step("b", dependsOn=[]))
    run.complete("b", output={"from": "b"})
    run.complete("a", output={"from": "a"})
    assert run.workflow.output == {"from": "b"}


def test_the_output_is_null_if_the_last_step_was_skipped():
    #   a ── b (false)
    run = started(step("a"), step("b", when="false"))
    run.complete("a", output={"x": 1})
    assert (run.state, run.workflow.output) == ("COMPLETED", None)


def test_the_output_is_null_if_the_last_step_failed_and_that_was_handled():
    #   b (fails) ──failure── a
    run = started(step("a", on={"b": "failure"}), step("b", dependsOn=[]))
    run.break_down("b")
    run.complete("a")
    assert (run.state, run.workflow.output) == ("COMPLETED", None)


@pytest.mark.parametrize("output", [{}, [], [1, {"x": None}], 0, False, "text"])
def test_an_output_is_taken_as_it_is(output: Any):
    run = started(step("a"))
    run.claim("a")
    run.succeed("a", output)
    assert run.workflow.output == output


def test_the_templates_output_is_filled_in():
    #   a ── b
    run = started(
        step("a"),
        step("b"),
        input={"amount": 3},
        output={
            "number": "${steps.a.output.n}",
            "text": "n is ${steps.a.output.n}",
            "status": "${steps.b.response.status}",
            "input": "${input.amount}",
            "id": "${workflow.id}",
            "literal": "$${input.amount}",
            "list": ["${steps.b.output}", 7, None],
        },
    )
    run.complete("a", output={"n": 4.5})
    run.claim("b")
    run.succeed("b", {"ok": True}, {"status": 201})
    assert run.workflow.output == {
        "number": 4.5,
        "text": "n is 4.5",
        "status": 201,
        "input": 3,
        "id": run.workflow.id,
        "literal": "${input.amount}",
        "list": [{"ok": True}, 7, None],
    }


def test_the_whole_output_may_be_one_placeholder():
    run = started(step("a"), output="${steps.a.output.list}")
    run.complete("a", output={"list": [1, 2]})
    assert run.workflow.output == [1, 2]


def test_an_output_of_null_is_none_at_all():
    run = started(step("a"), output=None)
    run.complete("a", output={"x": 1})
    assert (run.state, run.workflow.output) == ("COMPLETED", None)


def test_the_output_of_a_skipped_step_is_null():
    run = started(step("a", when="false"), step("b"), output={"a": "${steps.a.output}"})
    run.complete("b")
    assert run.workflow.output == {"a": None}


@pytest.mark.parametrize("text", ["${steps.a.output.gone}", "n: ${steps.a.output.n.x}", "${input.gone}"])
def test_a_missing_path_in_the_output_fails_the_workflow(text: str):
    run = started(step("a"), input={}, output={"x": text})
    run.complete("a", output={"n": 1})
    assert failed_with(run) == "output"


def test_a_path_into_a_skipped_steps_output_is_missing():
    run = started(step("a", when="false"), step("b"), output="${steps.a.output.x}")
    run.complete("b")
    assert failed_with(run) == "output"


def test_an_output_that_grows_too_large_fails_the_workflow():
    run = started(step("a"), input={"long": "x" * 1_000_000}, output=["again: ${input.long}"] * 11)
    run.complete("a")
    assert failed_with(run) == "output"


def test_an_output_that_keeps_its_schema_completes_the_workflow():
    run = started(step("a"), outputSchema=NUMBER)
    run.complete("a", output={"n": 1, "more": 2})
    assert run.state == "COMPLETED"


@pytest.mark.parametrize("output", [{}, {"n": "1"}, [], None])
def test_an_output_that_breaks_its_schema_fails_the_workflow(output: Any):
    run = started(step("a"), step("b", dependsOn=[]), outputSchema=NUMBER, output="${steps.a.output.value}")
    run.complete("a", output={"value": output})
    run.complete("b")
    assert failed_with(run) == "output_schema"


def test_a_broken_schema_names_the_places():
    run = started(step("a"), outputSchema=NUMBER)
    run.complete("a", output={"n": "1"})
    assert run.workflow.error is not None
    assert [detail["path"] for detail in run.workflow.error["details"]] == ["/n"]
    assert "jobId" not in run.workflow.error


def test_a_schema_is_kept_by_the_null_of_a_skipped_last_step_too():
    run = started(step("a", when="false"), outputSchema=NUMBER)
    assert failed_with(run) == "output_schema"


def test_jobs_stay_completed_when_the_output_fails_the_workflow():
    run = started(step("a"), outputSchema=NUMBER)
    run.complete("a")
    assert (run.status("a"), run.state, run.told()) == ("COMPLETED", "FAILED", ["started", "failed"])


def test_an_unhandled_failure_is_told_before_a_missing_output():
    run = started(step("a"), output="${steps.a.output.x}")
    run.break_down("a", code="http_404")
    assert failed_with(run) == "http_404"


def test_a_cancelled_workflow_has_no_output_and_asks_for_none():
    run = started(step("a"), outputSchema=NUMBER)
    run.cancel()
    assert (run.state, run.workflow.output, run.workflow.error) == ("CANCELLED", None, None)
