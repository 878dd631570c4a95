"""A lost attempt (its executor died) has a budget of its own."""

from typing import Any

import pytest

from apps.workflows.engine.entries import Kind
from tests.engine.driver import Run, started, step


def losing(times: int, **keys: Any) -> Run:
    run = started(step("a", **keys))
    for _ in range(times):
        run.claim("a")
        run.lose("a")
    return run


def test_a_lost_attempt_is_queued_again_at_once_with_the_next_number():
    run = losing(1)
    assert (run.status("a"), run.job("a").attempt) == ("QUEUED", 2)


def test_a_lost_attempt_needs_no_retry_in_the_template():
    run = losing(1)
    run.complete("a")
    assert run.state == "COMPLETED"


def test_a_job_is_tried_again_after_ten_losses_and_not_after_eleven():
    ten = losing(10)
    assert (ten.status("a"), ten.job("a").attempt) == ("QUEUED", 11)
    eleven = losing(11)
    assert (eleven.status("a"), eleven.state) == ("FAILED", "FAILED")


def test_ten_losses_do_not_use_up_the_attempts_of_retry():
    run = losing(10, retry={"maxAttempts": 2})
    run.break_down("a")
    assert run.status("a") == "RETRYING"
    run.ring("a")
    run.break_down("a")
    assert run.status("a") == "FAILED"


def test_failures_do_not_use_up_the_losses():
    run = started(step("a", retry={"maxAttempts": 3}))
    for _ in range(2):
        run.break_down("a")
        run.ring("a")
    for _ in range(10):
        run.claim("a")
        run.lose("a")
    assert (run.status("a"), run.job("a").attempt) == ("QUEUED", 13)
    run.complete("a")
    assert run.status("a") == "COMPLETED"


def test_losses_do_not_lengthen_the_delay_of_a_failure():
    run = losing(5, retry={"jitter": 0})
    run.break_down("a")
    assert run.delay("a") == 1


def test_a_lost_attempt_is_on_record():
    run = losing(1)
    assert run.attempts["a", 1].outcome == "lost"
    assert run.attempts["a", 1].finished_at == run.now


def test_the_report_of_a_lost_attempt_changes_nothing_and_is_kept():
    run = started(step("a"))
    run.claim("a", "first")
    run.lose("a")
    run.claim("a", "second")
    run.report(Kind.SUCCEEDED, "a", attempt=1, claim="first", data={"output": {"late": True}})
    assert run.status("a") == "RUNNING"
    assert run.late["a", 1]["report"]["output"] == {"late": True}
    run.succeed("a", {"late": False})
    assert run.outputs["a"].output == {"late": False}


def test_a_job_lost_too_often_can_be_handled():
    #   a (lost 11 times) ──failure── b
    run = started(step("a"), step("b", on={"a": "failure"}))
    for _ in range(11):
        run.claim("a")
        run.lose("a")
    assert run.status("b") == "QUEUED"


@pytest.mark.parametrize("attempt", [1, 3])
def test_a_loss_of_another_attempt_changes_nothing(attempt: int):
    run = losing(1)
    run.claim("a", "mine")
    run.report(Kind.LOST, "a", attempt=attempt)
    assert (run.status("a"), run.job("a").attempt) == ("RUNNING", 2)
