"""Further attempts: which failures, how many, after how long."""

from typing import Any

import pytest

from tests.engine.driver import Run, started, step, wait

EXACT = {"jitter": 0}


def failing(times: int, retry: dict[str, Any] | None, code: str = "error") -> Run:
    """A workflow of one step whose first attempts have failed, each tried again when its delay was over."""
    run = started(step("a") if retry is None else step("a", retry=retry))
    for number in range(times):
        if number:
            run.ring("a")
        run.break_down("a", code=code)
    return run


def all_delays(retry: dict[str, Any]) -> list[float]:
    """The delays before all further attempts, when every attempt fails."""
    run = failing(1, retry)
    delays = []
    while not run.workflow.ended:
        delays.append(run.delay("a"))
        run.ring("a")
        run.break_down("a")
    return delays


def test_without_retry_there_is_one_attempt():
    assert failing(1, None).status("a") == "FAILED"


def test_a_failed_attempt_waits_out_its_delay_and_is_queued_again():
    run = failing(1, EXACT)
    assert (run.status("a"), run.delay("a")) == ("RETRYING", 1)
    run.ring("a")
    assert (run.status("a"), run.job("a").attempt) == ("QUEUED", 2)


def test_a_further_attempt_may_succeed():
    run = failing(2, {})
    run.ring("a")
    run.complete("a")
    assert (run.status("a"), run.job("a").attempt, run.job("a").error) == ("COMPLETED", 3, None)
    assert run.state == "COMPLETED"


def test_by_default_there_are_three_attempts_the_first_counted():
    assert failing(2, {}).status("a") == "RETRYING"
    assert failing(3, {}).status("a") == "FAILED"


def test_max_attempts_counts_the_first():
    assert failing(1, {"maxAttempts": 2}).status("a") == "RETRYING"
    assert failing(2, {"maxAttempts": 2}).status("a") == "FAILED"
    assert failing(1, {"maxAttempts": 1}).status("a") == "FAILED"


def test_the_first_delay_is_a_second_and_doubles():
    retry = {"maxAttempts": 5, **EXACT}
    assert all_delays(retry) == [1, 2, 4, 8]


def test_the_delay_is_five_minutes_at_most():
    assert failing(12, {"maxAttempts": 20, **EXACT}).delay("a") == 300


def test_delay_factor_and_bound_are_the_templates():
    retry = {"maxAttempts": 6, "initialDelay": "500ms", "factor": 3, "maxDelay": "10s", **EXACT}
    assert all_delays(retry) == [0.5, 1.5, 4.5, 10, 10]


def test_a_delay_may_be_nothing():
    assert failing(1, {"initialDelay": "0s"}).delay("a") == 0


def test_a_slow_growth_goes_on_to_its_bound():
    retry = {"maxAttempts": 200, "factor": 1.05, "maxDelay": "10m", **EXACT}
    assert failing(100, retry).delay("a") == pytest.approx(1.05**99)


def test_a_fast_growth_for_very_long_stays_at_its_bound():
    assert failing(150, {"maxAttempts": 1000, "factor": 1000, **EXACT}).delay("a") == 300


def test_jitter_is_a_share_of_the_delay():
    delays = all_delays({"maxAttempts": 60, "factor": 1, "jitter": 0.5})
    assert all(0.5 <= delay <= 1.5 for delay in delays)
    assert max(delays) - min(delays) > 0.5


def test_by_default_a_tenth_of_the_delay_is_jitter():
    delays = all_delays({"maxAttempts": 60, "factor": 1})
    assert all(0.9 <= delay <= 1.1 for delay in delays)
    assert len(set(delays)) > 50


def test_the_same_failure_waits_equally_long_whenever_it_is_applied():
    assert failing(1, {}).delay("a") == failing(1, {}).delay("a")


@pytest.mark.parametrize("code", ["timeout", "connect", "error", "http_500", "http_503", "http_599", "http_429"])
def test_by_default_these_are_tried_again(code: str):
    assert failing(1, {}, code).status("a") == "RETRYING"


@pytest.mark.parametrize("code", ["http_400", "http_404", "http_302", "validation", "missing_path", "secret_missing"])
def test_by_default_these_are_not(code: str):
    assert failing(1, {}, code).status("a") == "FAILED"


@pytest.mark.parametrize(
    ("on", "code", "again"),
    [
        ("http_4xx", "http_400", True),
        ("http_4xx", "http_499", True),
        ("http_4xx", "http_500", False),
        ("http_5xx", "http_500", True),
        ("http_5xx", "http_404", False),
        ("http_404", "http_404", True),
        ("http_404", "http_400", False),
        ("http_302", "http_302", True),
        ("timeout", "timeout", True),
        ("timeout", "connect", False),
        ("timeout", "error", False),
        ("connect", "connect", True),
        ("connect", "timeout", False),
        ("error", "error", True),
        ("error", "http_500", False),
        ("error", "http_404", False),
    ],
)
def test_on_says_which_failures_are_tried_again(on: str, code: str, again: bool):
    assert failing(1, {"on": [on]}, code).status("a") == ("RETRYING" if again else "FAILED")


@pytest.mark.parametrize("code", ["egress_refused", "of_a_plugin"])
def test_error_is_any_failure_that_is_no_status_rule_path_or_secret(code: str):
    assert failing(1, {"on": ["error"]}, code).status("a") == "RETRYING"


@pytest.mark.parametrize("code", ["timeout", "connect"])
def test_error_covers_failures_that_have_a_name_of_their_own(code: str):
    assert failing(1, {"on": ["error"]}, code).status("a") == "RETRYING"


def test_a_status_beyond_599_is_no_error_but_a_status():
    assert failing(1, {"on": ["error"]}, "http_600").status("a") == "FAILED"


@pytest.mark.parametrize("code", ["validation", "missing_path", "secret_missing", "too_large", "redirect"])
def test_what_another_try_cannot_mend_is_never_tried_again(code: str):
    everything = ["timeout", "connect", "error", "http_4xx", "http_5xx"]
    assert failing(1, {"on": everything}, code).status("a") == "FAILED"


def test_with_an_empty_on_nothing_is_tried_again():
    assert failing(1, {"on": []}).status("a") == "FAILED"


def test_a_failure_that_is_not_covered_ends_the_job_in_any_attempt():
    run = failing(1, {"maxAttempts": 5})
    run.ring("a")
    run.break_down("a", code="http_404")
    assert (run.status("a"), run.job("a").attempt) == ("FAILED", 2)


def test_an_attempt_does_not_begin_before_the_server_wants_it():
    run = started(step("a", retry=EXACT))
    run.claim("a")
    run.fail("a", "http_429", retry_after=90)
    assert run.delay("a") == 90


def test_a_server_cannot_put_off_an_attempt_for_ever():
    run = started(step("a", retry=EXACT))
    run.claim("a")
    run.fail("a", "http_503", retry_after=1e300)
    assert run.delay("a") == 3600


def test_a_server_that_wants_less_does_not_shorten_the_delay():
    run = started(step("a", retry={"initialDelay": "10s", **EXACT}))
    run.claim("a")
    run.fail("a", "http_503", retry_after=2)
    assert run.delay("a") == 10


def test_a_failure_in_its_last_attempt_keeps_its_error():
    run = failing(3, {})
    assert run.job("a").error == {"code": "error", "message": "a failed"}
    assert run.workflow.error == {"code": "error", "message": "a failed", "jobId": "a", "attempt": 3}


def test_each_attempt_is_on_record_with_its_end():
    run = failing(1, {})
    began = run.now
    run.ring("a")
    run.complete("a")
    first, second = run.attempts["a", 1], run.attempts["a", 2]
    assert (first.outcome, first.error, first.finished_at) == (
        "failed",
        {"code": "error", "message": "a failed"},
        began,
    )
    assert (second.outcome, second.error, second.claim) == ("completed", None, "a#2")


def test_a_timer_of_an_earlier_delay_starts_nothing():
    run = failing(1, EXACT)
    early = run.timer("a")
    run.ring("a")
    run.break_down("a")
    run.enter_timer(early)
    assert (run.status("a"), run.job("a").attempt) == ("RETRYING", 2)


def test_a_timer_of_an_earlier_attempt_starts_nothing_even_if_it_was_set_for_the_same_moment():
    run = failing(1, {"initialDelay": "0s"})
    early = run.timer("a")
    run.ring("a")
    run.break_down("a")
    assert run.timer("a")[0] == early[0]
    run.enter_timer(early)
    assert (run.status("a"), run.job("a").attempt) == ("RETRYING", 2)


def test_a_job_that_is_queued_again_waits_for_no_timer():
    run = failing(1, {})
    run.ring("a")
    assert run.job("a").due_at is None


def test_a_timer_that_rings_twice_starts_one_attempt():
    run = failing(1, {})
    run.ring("a")
    run.enter_timer(run.timer("a"))
    assert (run.status("a"), run.job("a").attempt) == ("QUEUED", 2)


def test_a_wait_that_cannot_be_read_is_an_error_and_is_tried_again():
    run = started(wait("a", "${input.text}", retry={}), input={"text": "soon"})
    assert run.status("a") == "RETRYING"
