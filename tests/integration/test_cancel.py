"""Cancelling: what waits never runs, what runs hears of it with its next renewal."""

from apps.workflows.models import Attempt
from tests.support.engine_rig import Rig, call, line, noop, wait


def test_what_is_queued_cannot_be_claimed_any_more(rig: Rig) -> None:
    workflow = rig.start_one(*line(3))
    assert rig.cancel(workflow) == 200
    assert rig.take() is None
    assert set(workflow.jobs.values_list("status", flat=True)) == {"CANCELLED"}
    assert not Attempt.objects.exists()


def test_between_the_act_and_its_application_nothing_is_claimed(rig: Rig) -> None:
    workflow = rig.start_one(noop("a"))
    rig.command(workflow, "cancel")
    assert rig.take() is None


def test_a_running_job_hears_of_it_with_its_next_renewal(rig: Rig) -> None:
    workflow = rig.start_one(call("a"))
    claim = rig.claim()
    rig.queue.renew([claim], {})
    assert not claim.gone.is_set()
    rig.cancel(workflow)
    rig.queue.renew([claim], {})
    assert claim.gone.is_set()
    attempt = workflow.attempts.get()
    assert (attempt.outcome, attempt.claim) == ("cancelled", claim.id)


def test_its_report_comes_too_late(rig: Rig) -> None:
    workflow = rig.start_one(*line(2))
    claim = rig.claim()
    rig.cancel(workflow)
    assert rig.succeed(claim, {"a": 1}, go_on=True) is None
    rig.catch_up()
    assert rig.state(workflow) == "CANCELLED"
    assert rig.job(workflow, "s0").output is None
    late = workflow.attempts.get().late_report
    assert (late["claim"], late["report"]) == (claim.id, {"output": {"a": 1}})


def test_a_report_that_is_in_the_journal_already_goes_first(rig: Rig) -> None:
    workflow = rig.start_one(noop("only"))
    rig.succeed(rig.claim(), {})
    assert rig.cancel(workflow) == 409
    assert rig.state(workflow) == "COMPLETED"


def test_timers_and_delays_end_with_their_workflow(rig: Rig) -> None:
    #  t (timer), r (failed, waits for its retry)
    steps = (wait("t", "1h", dependsOn=[]), noop("r", dependsOn=[], retry={"initialDelay": "1h"}))
    workflow = rig.start_one(*steps)
    rig.fail(rig.claim())
    rig.catch_up()
    assert (rig.status(workflow, "t"), rig.status(workflow, "r")) == ("WAITING", "RETRYING")
    rig.cancel(workflow)
    assert set(workflow.jobs.values_list("status", "due_at")) == {("CANCELLED", None)}
    assert dict(workflow.attempts.values_list("job_id", "outcome")) == {"t": "cancelled", "r": "failed"}


def test_before_its_start_was_heard_of(rig: Rig) -> None:
    """The append of the start got lost; the cancel's came through."""
    rig.catch_up()
    workflow = rig.unheard(noop("a"))
    assert rig.cancel(workflow) == 200
    assert rig.state(workflow) == "CANCELLED"
    assert rig.status(workflow, "a") == "CANCELLED"


def test_nothing_of_it_stays_in_redis(rig: Rig) -> None:
    workflow = rig.start_one(*line(2))
    claim = rig.claim()
    rig.cancel(workflow)
    rig.succeed(claim, {})
    rig.catch_up()
    assert rig.hash(workflow) == {}
    assert not rig.redis.keys("leases:*")
    assert not rig.redis.keys("ready:*")
