"""The report script hands a linear run over from step to step; whenever anything else matters, it does not."""

from itertools import pairwise

from apps.workflows.scheduler.effects import LAYOUT_AHEAD
from tests.support.engine_rig import Rig, call, line, noop, transform, wait
from tests.support.waiting import eventually


def handed_over(rig: Rig) -> list[str]:
    """Claim once and let each report bring the next job, without the leader; the jobs that came that way."""
    names = []
    claim = rig.succeed(rig.claim(), {}, go_on=True)
    while claim is not None:
        names.append(claim.job_id)
        claim = rig.succeed(claim, {}, go_on=True)
    return names


def test_forty_steps_take_one_claim_and_no_leader(rig: Rig) -> None:
    # s0 - s1 - ... - s39
    workflow = rig.start_one(*line(40))
    assert handed_over(rig) == [f"s{number}" for number in range(1, 40)]
    assert len(rig.entries("claimed")) == 1
    rig.catch_up()
    assert rig.state(workflow) == "COMPLETED"
    attempts = workflow.attempts.all()
    assert {attempt.outcome for attempt in attempts} == {"completed"}
    assert len({attempt.claim for attempt in attempts}) == 40


def test_each_job_ends_no_later_than_the_next_begins(rig: Rig) -> None:
    workflow = rig.start_one(*line(10))
    handed_over(rig)
    rig.catch_up()
    jobs = list(workflow.jobs.order_by("index"))
    for before, after in pairwise(jobs):
        assert before.started_at <= before.finished_at <= after.started_at


def test_a_run_is_laid_out_so_far_and_the_leader_lays_out_the_rest(rig: Rig) -> None:
    workflow = rig.start_one(*line(LAYOUT_AHEAD + 6))
    assert len(handed_over(rig)) == LAYOUT_AHEAD - 1
    rig.catch_up()
    assert len(handed_over(rig)) == 5
    rig.catch_up()
    assert rig.state(workflow) == "COMPLETED"


def test_never_over_a_hold(rig: Rig) -> None:
    workflow = rig.start_one(*line(3))
    claim = rig.claim()
    # The act is journaled, and not applied yet.
    rig.command(workflow, "cancel")
    assert rig.succeed(claim, {}, go_on=True) is None
    rig.catch_up()
    assert rig.state(workflow) == "CANCELLED"
    assert not rig.entries("late")


def test_never_past_a_better_job(rig: Rig) -> None:
    plain = rig.start_one(*line(3))
    claim = rig.claim()
    urgent = rig.start_one(noop("now"), priority=5)
    following = rig.succeed(claim, {}, go_on=True)
    assert following is not None
    assert following.workflow_id == str(urgent.pk)
    rig.succeed(following, {})
    assert [c.workflow_id for c in rig.work()] == [str(plain.pk)] * 2


def test_past_a_worse_job(rig: Rig) -> None:
    plain = rig.start_one(*line(2))
    claim = rig.claim()
    rig.start_one(noop("later"), priority=-5)
    following = rig.succeed(claim, {}, go_on=True)
    assert following is not None
    assert following.workflow_id == str(plain.pk)


def test_a_step_whose_own_priority_is_lower_gives_way(rig: Rig) -> None:
    rig.start_one(noop("first"), noop("unimportant", priority=-50))
    claim = rig.claim()
    other = rig.start_one(noop("other"))
    following = rig.succeed(claim, {}, go_on=True)
    assert following is not None
    assert following.workflow_id == str(other.pk)


def test_never_after_a_step_that_cannot_be_repeated(rig: Rig) -> None:
    rig.start_one(call("out"), noop("next"))
    assert rig.succeed(rig.claim(), {}, go_on=True) is None
    # Once the leader has committed, anyone may have it.
    rig.catch_up()
    assert rig.claim().job_id == "next"


def test_into_a_step_that_cannot_be_repeated_but_not_beyond(rig: Rig) -> None:
    rig.start_one(noop("first"), call("out"), noop("last"))
    assert handed_over(rig) == ["out"]


def test_never_after_a_lease_has_run_out(rig: Rig) -> None:
    rig.start_one(*line(3))
    short = rig.new_queue("short", lease=0.001)
    claim = short.claim()
    assert claim is not None
    ((_, end),) = rig.redis.zrange(f"leases:{rig.generation}", 0, -1, withscores=True)
    # Nobody ticks meanwhile: the leader would end the lease.
    eventually(lambda: float(end) < now_ms(rig))
    assert rig.succeed(claim, {}, go_on=True) is None


def now_ms(rig: Rig) -> float:
    seconds, micros = rig.redis.time()
    return float(seconds * 1000 + micros / 1000)


def test_never_after_a_failure(rig: Rig) -> None:
    workflow = rig.start_one(*line(2))
    rig.fail(rig.claim())
    rig.catch_up()
    assert rig.status(workflow, "s1") == "SKIPPED"
    assert rig.take() is None


def test_never_past_a_condition_a_timer_or_a_fork(rig: Rig) -> None:
    #  a - b (when)     a - t (timer)     a - b, a - c
    rig.start_one(noop("a"), noop("b", when="true"))
    rig.start_one(noop("a"), wait("t", "1h"))
    rig.start_one(noop("a"), noop("b", dependsOn=["a"]), noop("c", dependsOn=["a"]))
    for _ in range(3):
        claim = rig.claim()
        assert claim.job_id == "a"
        rig.succeed(claim, {})
    assert {claim.job_id for claim in rig.work()} == {"b", "c"}


def test_never_into_a_job_that_waits_for_another_one_too(rig: Rig) -> None:
    #  a - c, b - c
    rig.start_one(noop("a", dependsOn=[]), noop("b", dependsOn=[]), noop("c", dependsOn=["a", "b"]))
    first, second = rig.claim(), rig.claim()
    assert rig.succeed(first, {}, go_on=True) is None
    assert rig.succeed(second, {}, go_on=True) is None
    rig.catch_up()
    assert rig.claim().job_id == "c"


def test_what_was_handed_over_reads_the_outcome_before_it(rig: Rig) -> None:
    doubled = transform("doubled", ["${steps.first.output}", "${steps.first.output}"])
    workflow = rig.start_one(transform("first", "${input.x}"), doubled, input={"x": {"n": 1}})
    claims = rig.work()
    assert [claim.job_id for claim in claims] == ["first", "doubled"]
    assert len(rig.entries("claimed")) == 1
    workflow.refresh_from_db()
    assert workflow.output == [{"n": 1}, {"n": 1}]


def test_a_report_sent_again_brings_the_same_job_again(rig: Rig) -> None:
    """The answer to the first call got lost on the way."""
    rig.start_one(*line(2))
    first = rig.claim()
    arguments = [*first.token, "succeeded", '{"output": {}}', "next-claim", "executor", 30_000, 1000]
    answers = [rig.queue.live.script("report", arguments) for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0][:5] == [b"job", first.workflow_id.encode(), b"s1", b"1", b"next-claim"]
    assert len(rig.entries("succeeded")) == 1
