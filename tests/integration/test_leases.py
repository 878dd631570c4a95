"""Leases that run out, jobs that are lost too often, and the sweep that mends what only Redis has lost."""

from apps.workflows.live import keys
from tests.support.engine_rig import Rig, call, noop


def test_a_lease_that_runs_out_loses_the_attempt(rig: Rig) -> None:
    rig.lease = 1.0
    rig.scheduler = rig.new_scheduler()
    workflow = rig.start_one(noop("a"))
    short = rig.new_queue("short", lease=0.01)
    assert short.claim() is not None
    # Past the time that a new leader gives everyone to come back.
    rig.clock.pass_by(seconds=5)
    rig.until(lambda: rig.job(workflow, "a").attempt == 2)
    assert workflow.attempts.get().outcome == "lost"
    assert rig.job(workflow, "a").failures == 0
    assert rig.claim().attempt == 2


def test_a_job_lost_too_often_fails(rig: Rig) -> None:
    workflow = rig.start_one(noop("a", retry={"maxAttempts": 3}))
    for number in range(1, 12):
        claim = rig.claim()
        assert claim.attempt == number
        rig.report(claim, "lost", None)
        rig.catch_up()
    workflow.refresh_from_db()
    assert workflow.state == "FAILED"
    assert workflow.error["code"] == "lost"
    assert rig.take() is None


def test_from_its_second_loss_on_a_job_runs_alone(rig: Rig) -> None:
    rig.start_one(noop("a"))
    alone = []
    for _ in range(4):
        claim = rig.claim()
        alone.append(claim.alone)
        rig.report(claim, "lost", None)
        rig.catch_up()
    assert alone == [False, False, True, True]


# -- the sweep ------------------------------------------------------------------------------------


def test_the_sweep_mends_what_redis_alone_has_lost(rig: Rig) -> None:
    """Not in any run of ours: somebody deleted keys."""
    workflows = rig.start(call("a"), count=2)
    running = rig.claim()
    rig.catch_up()
    rig.redis.delete(keys.ready(rig.generation, "default"), keys.leases(rig.generation))
    rig.clock.pass_by(seconds=2 * rig.lease)
    rig.until(lambda: rig.scheduler.sweep.repairs == 2)
    rig.catch_up()
    claims = [rig.claim(), rig.claim()]
    attempts = {claim.workflow_id: claim.attempt for claim in claims}
    assert attempts == {str(w.pk): 2 if str(w.pk) == running.workflow_id else 1 for w in workflows}


def test_the_sweep_has_nothing_to_do_where_nothing_was_lost(rig: Rig) -> None:
    rig.start(call("a"), count=3)
    rig.claim()
    rig.catch_up()
    for _ in range(3):
        rig.clock.pass_by(seconds=2 * rig.lease)
        rig.scheduler.tick()
    assert rig.scheduler.sweep.repairs == 0
