"""The tables of transitions are those of the contract, and every move in them can be made."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.workflows.engine.states import JOB_TRANSITIONS, WORKFLOW_TRANSITIONS
from tests.engine.driver import Run, created, started, step, wait

WORKFLOW_TABLE = {
    "INITIALIZED": {"RUNNING", "FAILED", "CANCELLED"},
    "RUNNING": {"COMPLETED", "FAILED", "CANCELLED"},
    "COMPLETED": set(),
    "FAILED": set(),
    "CANCELLED": set(),
}

Act = Callable[[Run], object]
AGAIN = {"maxAttempts": 2}

# How each move of a job comes about: the step, what happens before, and what makes the move.
MOVES: dict[tuple[str, str], tuple[dict[str, Any], Act, Act]] = {
    ("PENDING", "QUEUED"): (step("a"), lambda run: None, lambda run: run.start()),
    ("PENDING", "WAITING"): (wait("a"), lambda run: None, lambda run: run.start()),
    ("PENDING", "FAILED"): (step("a", when="input.x.y"), lambda run: None, lambda run: run.start()),
    ("PENDING", "SKIPPED"): (step("a", when="false"), lambda run: None, lambda run: run.start()),
    ("PENDING", "CANCELLED"): (step("a"), lambda run: None, lambda run: run.cancel()),
    ("QUEUED", "RUNNING"): (step("a"), lambda run: run.start(), lambda run: run.claim("a")),
    ("QUEUED", "RETRYING"): (step("a", retry=AGAIN), lambda run: run.start(), lambda run: run.put("a", "FAILED")),
    ("QUEUED", "COMPLETED"): (step("a"), lambda run: run.start(), lambda run: run.put("a", "COMPLETED")),
    ("QUEUED", "FAILED"): (step("a"), lambda run: run.start(), lambda run: run.put("a", "FAILED")),
    ("QUEUED", "CANCELLED"): (step("a"), lambda run: run.start(), lambda run: run.cancel()),
    ("RUNNING", "QUEUED"): (step("a"), lambda run: run.start().claim("a"), lambda run: run.lose("a")),
    ("RUNNING", "RETRYING"): (step("a", retry=AGAIN), lambda run: run.start().claim("a"), lambda run: run.fail("a")),
    ("RUNNING", "COMPLETED"): (step("a"), lambda run: run.start().claim("a"), lambda run: run.succeed("a")),
    ("RUNNING", "FAILED"): (step("a"), lambda run: run.start().claim("a"), lambda run: run.fail("a")),
    ("RUNNING", "CANCELLED"): (step("a"), lambda run: run.start().claim("a"), lambda run: run.cancel()),
    ("WAITING", "RUNNING"): (wait("a"), lambda run: run.start(), lambda run: run.put("a", "RUNNING")),
    ("WAITING", "RETRYING"): (wait("a", retry=AGAIN), lambda run: run.start(), lambda run: run.put("a", "FAILED")),
    ("WAITING", "COMPLETED"): (wait("a"), lambda run: run.start(), lambda run: run.ring("a")),
    ("WAITING", "FAILED"): (wait("a"), lambda run: run.start(), lambda run: run.put("a", "FAILED")),
    ("WAITING", "CANCELLED"): (wait("a"), lambda run: run.start(), lambda run: run.cancel()),
    ("RETRYING", "QUEUED"): (step("a", retry=AGAIN), lambda run: fail_once(run), lambda run: run.ring("a")),
    ("RETRYING", "WAITING"): (wait("a", retry=AGAIN), lambda run: fail_once(run), lambda run: run.ring("a")),
    ("RETRYING", "COMPLETED"): (
        step("a", retry=AGAIN),
        lambda run: fail_once(run),
        lambda run: run.put("a", "COMPLETED"),
    ),
    ("RETRYING", "FAILED"): (
        step("a", retry=AGAIN),
        lambda run: fail_once(run),
        lambda run: run.put("a", "FAILED", error={"code": "validation", "message": "it cannot be mended"}),
    ),
    ("RETRYING", "CANCELLED"): (step("a", retry=AGAIN), lambda run: fail_once(run), lambda run: run.cancel()),
}


def fail_once(run: Run) -> None:
    run.start().put("a", "FAILED")


def test_a_workflow_moves_as_the_contract_says():
    table = {str(state): {str(to) for to in after} for state, after in WORKFLOW_TRANSITIONS.items()}
    assert table == WORKFLOW_TABLE


def test_a_job_moves_as_the_contract_says_and_no_other_way():
    table = {(str(status), str(to)) for status, after in JOB_TRANSITIONS.items() for to in after}
    assert table == set(MOVES)


@pytest.mark.parametrize("statuses", MOVES, ids="-".join)
def test_a_job_makes_every_move_of_the_table(statuses: tuple[str, str]):
    before, after = statuses
    written, prepare, act = MOVES[statuses]
    run = created(written)
    prepare(run)
    assert run.status("a").split(" ")[0] == before
    act(run)
    assert run.status("a").split(" ")[0] == after


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED", "SKIPPED", "CANCELLED"])
def test_a_job_that_has_ended_moves_no_more(status: str):
    assert not any(before == status for before, _ in MOVES)


def test_a_workflow_runs_from_its_start_to_its_end():
    run = created(step("a"))
    assert run.state == "INITIALIZED"
    run.start()
    assert run.state == "RUNNING"
    run.complete("a")
    assert run.state == "COMPLETED"


def test_a_second_start_changes_nothing():
    run = started(step("a"))
    run.claim("a")
    run.start()
    assert (run.status("a"), run.told()) == ("RUNNING", ["started"])


def test_each_move_is_told_once():
    run = started(step("a", retry=AGAIN), wait("b", on={"a": "always"}), step("c", when="false"))
    run.break_down("a")
    run.ring("a")
    run.complete("a")
    run.ring("b")
    assert run.told("a") == ["queued", "started", "retrying", "queued", "started", "completed"]
    assert run.told("b") == ["waiting", "completed"]
    assert run.told("c") == ["skipped"]
    assert run.told() == ["started", "completed"]
