"""Jobs that their parents rule out are SKIPPED with the reason ``upstream``, and pass that on."""

from tests.engine.driver import started, step


def test_what_waits_for_a_failed_jobs_success_is_skipped_and_so_is_what_follows():
    #   a (fails) ── b ── c
    run = started(step("a"), step("b"), step("c"))
    run.break_down("a")
    assert run.statuses == {"a": "FAILED", "b": "SKIPPED upstream", "c": "SKIPPED upstream"}


def test_a_job_skipped_upstream_counts_as_ended_for_always():
    #   a (fails) ── b ──always── c
    run = started(step("a"), step("b"), step("c", on={"b": "always"}))
    run.break_down("a")
    assert (run.status("b"), run.status("c")) == ("SKIPPED upstream", "QUEUED")


def test_a_job_is_skipped_as_soon_as_one_edge_cannot_come_true():
    #   a (fails) ─┐
    #              ├─ c
    #   b (runs) ──┘
    run = started(step("a"), step("b", dependsOn=[]), step("c", dependsOn=["a", "b"]))
    run.claim("b")
    run.break_down("a")
    assert run.status("c") == "SKIPPED upstream"


def test_the_parent_that_ends_later_does_not_wake_a_skipped_job():
    #   a (fails) ─┐
    #              ├─ c
    #   b ─────────┘
    run = started(step("a"), step("b", dependsOn=[]), step("c", dependsOn=["a", "b"]))
    run.break_down("a")
    run.complete("b")
    assert run.status("c") == "SKIPPED upstream"
    assert run.told("c") == ["skipped"]


def test_a_ruled_out_job_is_skipped_upstream_whatever_its_condition_says():
    #   a (fails) ─┬─ true
    #              ├─ false
    #              └─ error
    run = started(
        step("a"),
        step("true", dependsOn=["a"], when="true"),
        step("false", dependsOn=["a"], when="false"),
        step("error", dependsOn=["a"], when="input.x.y"),
    )
    run.break_down("a")
    assert set(run.statuses.values()) == {"FAILED", "SKIPPED upstream"}


def test_a_skipped_job_never_started():
    run = started(step("a"), step("b"))
    run.break_down("a")
    job = run.job("b")
    assert (job.attempt, job.started_at, job.finished_at) == (0, None, run.now)
    assert ("b", 1) not in run.attempts


def test_a_long_line_is_skipped_at_once():
    #   s0 (fails) ── s1 ── … ── s1499
    run = started(*(step(f"s{number}") for number in range(1500)))
    run.break_down("s0")
    assert run.state == "FAILED"
    assert list(run.statuses.values()) == ["FAILED"] + ["SKIPPED upstream"] * 1499


def test_a_workflow_of_a_rescued_failure_and_skips_is_completed():
    #   a (fails) ─┬─ b
    #              └─failure─ c
    run = started(step("a"), step("b", dependsOn=["a"]), step("c", on={"a": "failure"}))
    run.break_down("a")
    run.complete("c")
    assert (run.state, run.status("b")) == ("COMPLETED", "SKIPPED upstream")
