"""``wait``: timers that the scheduler keeps."""

from datetime import timedelta
from typing import Any

import pytest

from tests.engine.driver import NOON, Run, started, step, wait


def until(text: str, **keys: Any) -> Run:
    return started(step("a", "wait", config={"until": text}, **keys))


@pytest.mark.parametrize(
    ("duration", "seconds"), [("250ms", 0.25), ("30s", 30), ("5m", 300), ("2h", 7200), ("1d", 86400)]
)
def test_a_wait_is_over_after_its_duration(duration: str, seconds: float):
    run = started(wait("a", duration))
    assert (run.status("a"), run.delay("a")) == ("WAITING", seconds)
    run.ring("a")
    assert (run.status("a"), run.state) == ("COMPLETED", "COMPLETED")
    assert run.workflow.finished_at == NOON + timedelta(seconds=seconds)


def test_a_wait_gives_an_empty_object():
    run = started(wait("a"))
    run.ring("a")
    assert run.workflow.output == {}


def test_a_wait_begins_when_its_parents_have_ended():
    #   a ── b (30 s)
    run = started(step("a"), wait("b"))
    run.pass_time(100)
    run.complete("a")
    run.ring("b")
    assert run.job("b").finished_at == NOON + timedelta(seconds=130)


@pytest.mark.parametrize("text", ["2030-01-01T13:00:00Z", "2030-01-01T14:00:00.000000+01:00"])
def test_a_wait_until_a_time_is_over_at_that_time(text: str):
    assert until(text).delay("a") == 3600


def test_a_wait_until_a_time_gone_by_is_over_at_once():
    run = until("2029-12-31T00:00:00Z")
    assert run.delay("a") == 0
    run.ring("a")
    assert run.workflow.finished_at == NOON


def test_a_duration_may_come_from_the_data():
    #   a ── b
    run = started(step("a"), wait("b", "${steps.a.output.pause}"))
    run.complete("a", output={"pause": "90s"})
    assert run.delay("b") == 90


def test_a_wait_without_its_data_fails_with_missing_path():
    run = started(wait("a", "${input.pause}", retry={}), input={})
    assert run.status("a") == "FAILED"
    assert run.code("a") == "missing_path"


@pytest.mark.parametrize("value", ["soon", "", 5, None, ["30s"], "-5s"])
def test_a_wait_for_what_is_no_duration_fails(value: Any):
    run = started(wait("a", "${input.pause}"), input={"pause": value})
    assert (run.status("a"), run.code("a")) == ("FAILED", "error")


@pytest.mark.parametrize("value", ["tomorrow", "2030-01-01T13:00:00", 5, None, "2030-01-01"])
def test_a_wait_until_what_is_no_time_of_rfc_3339_fails(value: Any):
    run = started(step("a", "wait", config={"until": "${input.at}"}), input={"at": value})
    assert (run.status("a"), run.code("a")) == ("FAILED", "error")


def test_a_wait_until_a_time_in_another_form_than_rfc_3339_fails():
    run = started(step("a", "wait", config={"until": "${input.at}"}), input={"at": "20300101T130000Z"})
    assert run.status("a") == "FAILED"


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_wait_until_a_time_that_cannot_be_counted_fails(value: str):
    run = started(step("a", "wait", config={"until": "${input.at}"}), input={"at": value})
    assert (run.status("a"), run.code("a")) == ("FAILED", "error")


@pytest.mark.parametrize("config", [{"duration": "999999999d"}, {"until": "9999-12-31T23:59:59Z"}])
def test_a_wait_for_ages_waits(config: dict[str, str]):
    values = {"at": config.get("until"), "pause": config.get("duration")}
    written = {key: "${input.at}" if key == "until" else "${input.pause}" for key in config}
    run = started(step("a", "wait", config=written), input=values)
    assert run.status("a") == "WAITING"
    assert run.delay("a") > 365 * 86400


def test_a_timer_that_rings_twice_ends_the_wait_once():
    run = started(wait("a"), step("b"))
    run.ring("a")
    run.enter_timer(run.timer("a"))
    assert run.told("a") == ["waiting", "completed"]


def test_a_timer_of_an_ended_wait_rings_in_vain():
    run = started(wait("a"), step("b"))
    timer = run.timer("a")
    run.put("a", "COMPLETED", output={"early": True})
    run.enter_timer(timer)
    assert run.outputs["a"].output == {"early": True}


def test_a_wait_counts_from_anew_in_its_further_attempt():
    run = started(wait("a", "30s", retry={"jitter": 0}))
    run.pass_time(10)
    run.put("a", "FAILED")
    run.ring("a")
    assert (run.status("a"), run.job("a").attempt, run.delay("a")) == ("WAITING", 2, 30)
