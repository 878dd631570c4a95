"""``failFast``: an unhandled failure ends the rest."""

from tests.engine.driver import started, step, wait


def test_fail_fast_cancels_every_job_that_has_not_ended():
    #   a (fails)   b (queued)   c (runs)   d (waits) ── e   f (tries again)   g (done)
    run = started(
        step("a"),
        step("b", dependsOn=[]),
        step("c", dependsOn=[]),
        wait("d", dependsOn=[]),
        step("e"),
        step("f", dependsOn=[], retry={}),
        step("g", dependsOn=[]),
        failFast=True,
    )
    run.complete("g")
    run.claim("c")
    run.break_down("f", "a")
    assert run.statuses == {
        "a": "FAILED",
        "b": "CANCELLED",
        "c": "CANCELLED",
        "d": "CANCELLED",
        "e": "CANCELLED",
        "f": "CANCELLED",
        "g": "COMPLETED",
    }


def test_fail_fast_fails_the_workflow_at_once():
    run = started(step("a"), step("b", dependsOn=[]), failFast=True)
    run.claim("b")
    run.break_down("a")
    assert (run.state, run.workflow.finished_at) == ("FAILED", run.now)
    assert run.workflow.error == {"code": "error", "message": "a failed", "jobId": "a", "attempt": 1}


def test_what_the_failure_rules_out_is_skipped_and_not_cancelled():
    #   a (fails) ─┬─ c ── d
    #   b (runs) ──┘
    run = started(step("a"), step("b", dependsOn=[]), step("c", dependsOn=["a", "b"]), step("d"), failFast=True)
    run.claim("b")
    run.break_down("a")
    assert run.statuses == {"a": "FAILED", "b": "CANCELLED", "c": "SKIPPED upstream", "d": "SKIPPED upstream"}


def test_what_would_run_after_a_ruled_out_job_is_cancelled():
    #   a (fails) ── b ──always── c
    run = started(step("a"), step("b"), step("c", on={"b": "always"}), failFast=True)
    run.break_down("a")
    assert run.statuses == {"a": "FAILED", "b": "SKIPPED upstream", "c": "CANCELLED"}
    assert run.told("c") == ["cancelled"]


def test_a_handled_failure_cancels_nothing():
    #   a (fails) ──failure── b     c
    run = started(step("a"), step("b", on={"a": "failure"}), step("c", dependsOn=[]), failFast=True)
    run.break_down("a")
    run.complete("b", "c")
    assert run.state == "COMPLETED"


def test_a_failure_that_is_tried_again_cancels_nothing_until_its_retries_are_used_up():
    run = started(step("a", retry={"maxAttempts": 2}), step("b", dependsOn=[]), failFast=True)
    run.break_down("a")
    assert run.status("b") == "QUEUED"
    run.ring("a")
    run.break_down("a")
    assert run.status("b") == "CANCELLED"


def test_a_condition_that_raises_cancels_the_others_too():
    #   a (error)   b   c (error)
    run = started(
        step("a", when="input.x.y"), step("b", dependsOn=[]), step("c", dependsOn=[], when="input.x.y"), failFast=True
    )
    assert sorted(run.statuses.values()) == ["CANCELLED", "CANCELLED", "FAILED"]
    assert run.state == "FAILED"


def test_without_fail_fast_nothing_is_cancelled():
    run = started(step("a"), step("b", dependsOn=[]), failFast=False)
    run.break_down("a")
    assert run.status("b") == "QUEUED"


def test_the_attempts_of_cancelled_jobs_are_closed():
    run = started(step("a"), step("b", dependsOn=[]), failFast=True)
    run.claim("b")
    run.break_down("a")
    assert (run.attempts["b", 1].outcome, run.attempts["b", 1].finished_at) == ("cancelled", run.now)


def test_the_late_report_of_a_cancelled_job_changes_nothing():
    run = started(step("a"), step("b", dependsOn=[]), failFast=True)
    run.claim("b")
    run.break_down("a")
    run.succeed("b")
    assert (run.status("b"), run.state) == ("CANCELLED", "FAILED")
