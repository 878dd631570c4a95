"""When the scheduler falls behind, executors stop claiming until it has caught up."""

from typing import Any

from tests.support.engine_rig import Rig, call, line

LONG = 500_000


def claim(rig: Rig, claim_id: str, longest: int) -> list[Any]:
    answer: list[Any] = rig.queue.live.script("claim", ["default", claim_id, "executor", 30_000, longest, 0])
    return answer


def report(rig: Rig, token: tuple[str, ...], next_claim: str, longest: int) -> list[Any]:
    arguments = [*token, "succeeded", '{"output": {}}', next_claim, "executor", 30_000, longest]
    answer: list[Any] = rig.queue.live.script("report", arguments)
    return answer


def test_nothing_is_claimed_while_the_journal_is_too_long(rig: Rig) -> None:
    rig.start(*line(1), count=3)
    rig.claim()
    length = rig.redis.xlen(f"journal:0:{rig.generation}")
    assert claim(rig, "one", length - 1) == [b"full"]
    assert claim(rig, "two", length)[0] == b"job"


def test_reports_are_taken_however_long_it_is(rig: Rig) -> None:
    """They are what makes it shorter: a job that ended need not be run again."""
    workflow = rig.start_one(call("a"))
    assert report(rig, rig.claim().token, "next", 0) == [b"done"]
    rig.catch_up()
    assert rig.state(workflow) == "COMPLETED"


def test_an_executor_that_reports_then_gets_no_further_job(rig: Rig) -> None:
    rig.start(call("a"), count=2)
    assert report(rig, rig.claim().token, "next", 0) == [b"done"]
    assert rig.take() is not None


def test_an_executor_that_is_told_so_asks_again_later(rig: Rig, monkeypatch: Any) -> None:
    rig.start(*line(1), count=2)
    monkeypatch.setattr("apps.workflows.executor.claims.MAX_JOURNAL_ENTRIES", 0)
    assert rig.take() is None
    monkeypatch.setattr("apps.workflows.executor.claims.MAX_JOURNAL_ENTRIES", LONG)
    assert rig.take() is not None
