"""Conditions: asked once, over ``input``, ``steps`` and ``workflow``."""

import pytest

from tests.engine.driver import started, step, wait


def test_a_true_condition_lets_the_job_start():
    run = started(step("a", when="input.amount > 100"), input={"amount": 101})
    assert run.status("a") == "QUEUED"


def test_a_false_condition_skips_the_job():
    run = started(step("a", when="input.amount > 100"), input={"amount": 100})
    assert run.status("a") == "SKIPPED condition"
    assert run.job("a").started_at is None


def test_what_waits_for_the_success_of_a_skipped_job_goes_on():
    #   a (false) ── b ── c
    run = started(step("a", when="false"), step("b"), step("c"))
    assert run.statuses == {"a": "SKIPPED condition", "b": "QUEUED", "c": "PENDING"}


def test_a_skipped_job_has_no_output_for_others():
    #   a (false) ── b
    run = started(step("a", when="false"), step("b", "transform", config={"output": "${steps.a.output}"}))
    assert run.outputs["a"].output is None
    run.complete("b")
    assert run.state == "COMPLETED"


@pytest.mark.parametrize(
    ("source", "holds"),
    [
        ("steps.a.status == 'COMPLETED'", True),
        ("steps.a.output.approved", True),
        ("steps.a.output.sum > 5.5", False),
        ("steps.a.response.status == 201", True),
        ("steps['a'].output.approved", True),
        ("input.amount == 3 && workflow.id != ''", True),
        ("has(steps.a.output.other)", False),
    ],
)
def test_a_condition_reads_what_came_before(source: str, holds: bool):
    #   a ── b (when)
    run = started(step("a"), step("b", when=source), input={"amount": 3, "name": "a"})
    run.claim("a")
    run.succeed("a", {"approved": True, "sum": 5}, {"status": 201, "headers": {}})
    assert run.status("b") == ("QUEUED" if holds else "SKIPPED condition")


def test_a_condition_reads_steps_further_up():
    #   a ── b ── c (when)
    run = started(step("a"), step("b"), step("c", when="steps.a.output.go"))
    run.complete("a", output={"go": False})
    run.complete("b")
    assert run.status("c") == "SKIPPED condition"


def test_a_condition_sees_a_skipped_step_without_output():
    #   a (false) ── b (when)
    run = started(step("a", when="false"), step("b", when="steps.a.status == 'SKIPPED' && steps.a.output == null"))
    assert run.status("b") == "QUEUED"


def test_a_condition_sees_a_failed_step():
    #   a ──failure── b (when)
    run = started(step("a"), step("b", on={"a": "failure"}, when="steps.a.status == 'FAILED'"))
    run.break_down("a")
    assert run.status("b") == "QUEUED"


def test_a_condition_sees_a_step_that_was_ruled_out():
    #   a (fails) ── b ──always── c (when)
    run = started(step("a"), step("b"), step("c", on={"b": "always"}, when="steps.b.status == 'SKIPPED'"))
    run.break_down("a")
    assert run.status("c") == "QUEUED"


@pytest.mark.parametrize(
    "source", ["input.missing.deeper", "input.amount", "1 / (input.amount - 3) > 0", "steps.a.output"]
)
def test_a_condition_that_raises_or_gives_no_boolean_fails_the_job(source: str):
    #   a ── b (when)
    run = started(step("a"), step("b", when=source), input={"amount": 3})
    run.complete("a")
    assert run.status("b") == "FAILED"
    assert run.job("b").error is not None
    assert run.state == "FAILED"


def test_a_failed_condition_is_no_attempt_and_is_not_tried_again():
    run = started(step("a", when="input.x.y", retry={"maxAttempts": 5, "on": ["error"]}))
    assert (run.status("a"), run.job("a").attempt, run.attempts) == ("FAILED", 0, {})


def test_a_failed_condition_can_be_handled():
    #   a (error) ──failure── b
    run = started(step("a", when="input.x.y"), step("b", on={"a": "failure"}))
    assert run.status("b") == "QUEUED"
    run.complete("b")
    assert run.state == "COMPLETED"


def test_a_condition_is_asked_when_the_edges_let_the_job_start_and_not_before():
    #   a ── b (error)
    run = started(step("a"), step("b", when="input.x.y"))
    assert run.status("b") == "PENDING"
    run.complete("a")
    assert run.status("b") == "FAILED"


def test_a_condition_is_not_asked_again_for_a_further_attempt():
    run = started(step("a", when="input.go", retry={}), input={"go": True})
    run.break_down("a")
    run.workflow.input = {"go": False}
    run.ring("a")
    assert run.status("a") == "QUEUED"


def test_a_condition_is_asked_before_placeholders_are_filled():
    #   The duration is nowhere to be found, yet the step is skipped.
    run = started(wait("a", "${input.missing}", when="false"), input={})
    assert run.status("a") == "SKIPPED condition"


def test_conditions_skip_a_long_line_in_one_entry():
    #   s0 (false) ── s1 (false) ── … ── s1499 (false)
    run = started(*(step(f"s{number}", when="false") for number in range(1500)))
    assert set(run.statuses.values()) == {"SKIPPED condition"}
    assert run.state == "COMPLETED"
