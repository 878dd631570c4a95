"""When jobs and workflows started and finished."""

from datetime import timedelta

from tests.engine.driver import NOON, created, started, step, wait


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def test_a_job_starts_when_it_is_taken_and_not_when_it_is_queued():
    run = started(step("a"))
    run.pass_time(10)
    run.claim("a")
    run.pass_time(5)
    run.succeed("a")
    job = run.job("a")
    assert (job.queued_at, job.started_at, job.finished_at) == (NOON, NOON + seconds(10), NOON + seconds(15))


def test_a_jobs_start_is_its_first_attempts():
    run = started(step("a", retry={"jitter": 0}))
    run.break_down("a")
    run.ring("a")
    run.claim("a")
    run.lose("a")
    run.pass_time(7)
    run.complete("a")
    assert run.job("a").started_at == NOON
    assert [run.attempts["a", number].started_at for number in (1, 2, 3)] == [
        NOON,
        NOON + seconds(1),
        NOON + seconds(8),
    ]


def test_a_wait_starts_when_it_begins_to_wait():
    run = started(wait("a", "30s"))
    run.ring("a")
    assert (run.job("a").started_at, run.job("a").finished_at) == (NOON, NOON + seconds(30))
    assert (run.attempts["a", 1].started_at, run.attempts["a", 1].finished_at) == (NOON, NOON + seconds(30))


def test_a_workflow_starts_when_it_is_begun_and_ends_with_its_last_job():
    run = created(step("a"))
    run.pass_time(2)
    run.start()
    run.pass_time(3)
    run.complete("a")
    workflow = run.workflow
    assert (workflow.created_at, workflow.started_at, workflow.finished_at) == (
        NOON,
        NOON + seconds(2),
        NOON + seconds(5),
    )


def test_a_clock_that_goes_back_does_not_let_a_child_start_before_its_parent_finished():
    #   a ── b
    run = started(step("a"), step("b"))
    run.pass_time(10)
    run.complete("a")
    run.pass_time(-60)
    run.complete("b")
    a, b = run.job("a"), run.job("b")
    assert a.finished_at is not None
    assert b.started_at is not None
    assert a.finished_at <= b.started_at
    assert b.finished_at == NOON + seconds(10)


def test_a_clock_that_goes_back_does_not_let_a_job_finish_before_it_started():
    run = started(step("a"))
    run.claim("a")
    run.pass_time(-3600)
    run.succeed("a")
    assert run.job("a").finished_at == run.job("a").started_at == run.workflow.finished_at


def test_a_clock_that_goes_back_holds_for_acts_from_outside_too():
    #   a ── b
    run = started(step("a"), step("b"))
    run.pass_time(10)
    run.put("a", "COMPLETED")
    run.pass_time(-60)
    run.put("b", "RUNNING")
    assert run.job("b").started_at == NOON + seconds(10)


def test_a_child_that_is_taken_in_its_parents_entry_starts_when_the_parent_finishes():
    #   a ── b
    run = started(step("a"), step("b"))
    run.claim("a")
    run.pass_time(4)
    run.succeed("a", following="b")
    assert run.job("a").finished_at == run.job("b").started_at == NOON + seconds(4)


def test_a_workflow_does_not_start_before_it_was_created():
    #   Its creation is told by another clock than the journal's, and in finer steps.
    run = created(step("a"))
    run.pass_time(-5)
    run.start()
    assert run.workflow.started_at == NOON


def test_a_job_that_was_skipped_or_failed_by_its_condition_has_an_end_but_no_start():
    run = started(step("a", when="false"), step("b", when="input.x.y"))
    assert [(run.job(name).started_at, run.job(name).finished_at) for name in "ab"] == [(None, NOON), (None, NOON)]
