"""Opening Redis: who may write when, going on, building anew, and a database that went back in time."""

from typing import Any

import pytest
import redis

from apps.events.models import Event
from apps.workflows.live import keys
from apps.workflows.live.client import Closed, LiveRedis
from apps.workflows.models import Attempt, Command, Job, Shard, Workflow
from tests.support.engine_rig import Rig, call, line, noop, transform, wait
from tests.support.waiting import PATIENCE_SECONDS

# Each after those that it refers to.
MODELS = (Shard, Workflow, Job, Attempt, Command, Event)


# -- the open mark --------------------------------------------------------------------------------


def test_redis_is_closed_until_a_leader_opens_it(rig: Rig) -> None:
    with pytest.raises(Closed):
        rig.queue.live.join()
    rig.catch_up()
    rig.queue.live.join()
    shard = Shard.objects.get()
    assert rig.queue.live.opened == f"{shard.redis_run_id}:{shard.generation}"
    assert shard.redis_run_id == rig.redis.info("server")["run_id"]


def test_what_was_meant_for_another_generation_changes_nothing(rig: Rig) -> None:
    rig.start(noop("a"))
    live = LiveRedis(rig.url)
    live.join()
    live.opened = live.opened.rpartition(":")[0] + ":99"
    before = dump(rig)
    for script, arguments in (
        ("claim", ["default", "c", "x", 1000, 1000, 0]),
        ("append", ["start", "w", "a"]),
        ("renew", ["x", "{}", 1000]),
        ("effects", [1, "state", "w", "RUNNING", ""]),
    ):
        with pytest.raises(Closed):
            live.script(script, arguments)
    assert dump(rig) == before
    live.close()


def dump(rig: Rig) -> dict[bytes, Any]:
    """Everything that Redis holds, in its own form."""
    with redis.Redis.from_url(rig.url, socket_timeout=PATIENCE_SECONDS) as raw:
        return {name: raw.dump(name) for name in raw.scan_iter()}


def test_a_deposed_leader_that_wakes_up_changes_nothing(rig: Rig) -> None:
    rig.start(noop("a"), count=2)
    old = rig.scheduler
    rig.restart_scheduler()
    rig.catch_up()
    rig.claim()
    before = (snapshot(), rig.redis.get(keys.epoch()), rig.redis.zrange(keys.ready(rig.generation, "default"), 0, -1))
    assert not old.tick().is_open
    after = (snapshot(), rig.redis.get(keys.epoch()), rig.redis.zrange(keys.ready(rig.generation, "default"), 0, -1))
    assert after == before
    rig.work()


# -- going on -------------------------------------------------------------------------------------


def test_a_new_leader_goes_on_where_the_old_one_stopped(rig: Rig) -> None:
    workflow = rig.start_one(*line(3))
    generation = rig.generation
    claim = rig.claim()
    rig.succeed(claim, {})
    rig.restart_scheduler()
    rig.catch_up()
    assert rig.generation == generation
    assert len(rig.work()) == 2
    assert rig.state(workflow) == "COMPLETED"
    assert rig.scheduler.sweep.repairs == 0


def test_effects_that_never_went_out_are_sent_by_the_next_leader(rig: Rig) -> None:
    """The leader died between the commit and the effects."""
    workflow = rig.start_one(call("a"), noop("b"))
    rig.succeed(rig.claim(), {"x": 1})
    leader_loop = rig.scheduler.leader_loop
    assert leader_loop is not None
    leader_loop.processor.process(leader_loop._read(rig.clock()), send=False)
    assert rig.status(workflow, "b") == "QUEUED"
    assert rig.take() is None
    rig.restart_scheduler()
    rig.catch_up()
    assert rig.claim().job_id == "b"


def test_an_end_that_nobody_was_told_of_is_told_by_the_next_leader(rig: Rig) -> None:
    workflow = rig.start_one(call("a"))
    rig.succeed(rig.claim(), {})
    leader_loop = rig.scheduler.leader_loop
    assert leader_loop is not None
    leader_loop.processor.process(leader_loop._read(rig.clock()), send=False)
    assert rig.redis.get(keys.workflow_state(str(workflow.pk))) == "RUNNING"
    rig.restart_scheduler()
    rig.catch_up()
    assert rig.redis.get(keys.workflow_state(str(workflow.pk))) == "COMPLETED"
    assert rig.hash(workflow) == {}


def test_a_start_whose_append_got_lost_is_found(rig: Rig) -> None:
    rig.catch_up()
    workflow = rig.unheard(noop("a"))
    rig.clock.pass_by(seconds=10)
    rig.until(lambda: rig.state(workflow) == "RUNNING")
    assert rig.work()
    assert rig.state(workflow) == "COMPLETED"


def test_what_was_started_while_nobody_led_is_found_at_take_over(rig: Rig) -> None:
    workflow = rig.unheard(noop("a"))
    rig.catch_up()
    rig.clock.pass_by(seconds=3)
    rig.until(lambda: rig.state(workflow) == "RUNNING")


# -- building anew --------------------------------------------------------------------------------


def test_redis_emptied_while_it_runs_is_built_anew(rig: Rig) -> None:
    #  a - b      timer - c      queued
    running = rig.start_one(call("a"), transform("b", "${steps.a.output}"))
    rig.claim()
    queued, waiting = rig.start_one(noop("only")), rig.start_one(wait("t", "100ms"), noop("c"))
    generation = rig.generation
    rig.redis.flushall()
    rebuilt(rig)
    assert rig.generation == generation + 1
    assert {claim.job_id for claim in rig.work()} >= {"only"}
    rig.until(lambda: rig.status(waiting, "t") == "COMPLETED")
    rig.work()
    assert rig.state(queued) == rig.state(waiting) == "COMPLETED"
    assert rig.state(running) == "RUNNING"


def test_whoever_runs_a_job_keeps_it_over_a_rebuild(rig: Rig) -> None:
    workflow = rig.start_one(call("a"), transform("b", "${steps.a.output}"))
    claim = rig.claim()
    rig.catch_up()
    rig.redis.flushall()
    rebuilt(rig)
    rig.queue.live.join()
    rig.queue.renew([claim], {})
    assert not claim.gone.is_set()
    rig.succeed(claim, {"x": 1})
    rig.work()
    workflow.refresh_from_db()
    assert (workflow.state, workflow.output) == ("COMPLETED", {"x": 1})
    assert workflow.attempts.count() == 2


def test_a_claim_that_redis_lost_before_it_was_recorded_is_void(rig: Rig) -> None:
    """SQL never heard of it, so the job is ready again; the first to have taken it reports in vain."""
    workflow = rig.start_one(call("a"))
    lost = rig.claim()
    rig.redis.flushall()
    rebuilt(rig)
    claim = rig.claim()
    assert (claim.job_id, claim.attempt) == ("a", 1)
    rig.succeed(lost, "in vain")
    rig.succeed(claim, "recorded")
    rig.catch_up()
    workflow.refresh_from_db()
    assert workflow.output == "recorded"
    assert workflow.attempts.get().late_report["claim"] == lost.id


def test_a_rebuild_keeps_outcomes_that_jobs_still_read(rig: Rig) -> None:
    both = ["${steps.a.output}", "${steps.b.response.status}"]
    workflow = rig.start_one(call("a"), call("b"), noop("c"), transform("d", both))
    rig.succeed(rig.claim(), {"x": "ü"})
    rig.catch_up()
    rig.succeed(rig.claim(), {}, response={"status": 201, "headers": {}})
    rig.catch_up()
    rig.redis.flushall()
    rebuilt(rig)
    rig.work()
    workflow.refresh_from_db()
    assert workflow.output == [{"x": "ü"}, 201]


def test_after_a_rebuild_the_old_generation_is_gone(rig: Rig) -> None:
    rig.start(call("a"), count=3)
    rig.claim()
    rig.catch_up()
    Shard.objects.update(redis_run_id="another")
    rig.restart_scheduler()
    rig.catch_up()
    names = list(rig.redis.scan_iter())
    assert {name.split(":")[1] for name in names if name.startswith(("work:", "ready:", "leases:"))} == {"2"}
    assert keys.journal(1) not in names


def test_what_is_left_of_the_old_journal_is_applied_first(rig: Rig) -> None:
    """Redis was restarted with its file: reports are in it that nobody has applied."""
    workflow = rig.start_one(call("a"), noop("b"))
    claim = rig.claim()
    rig.succeed(claim, {"x": 1})
    Shard.objects.update(redis_run_id="before the restart")
    rig.restart_scheduler()
    rig.catch_up()
    assert rig.generation == 2
    assert rig.job(workflow, "a").output == {"x": 1}
    assert workflow.attempts.get().claim == claim.id
    assert [claim.job_id for claim in rig.work()] == ["b"]


def test_workflows_that_ended_in_the_old_journal_are_told_of(rig: Rig) -> None:
    workflow = rig.start_one(call("a"))
    rig.succeed(rig.claim(), {"x": 1})
    Shard.objects.update(redis_run_id="before the restart")
    rig.restart_scheduler()
    rig.catch_up()
    assert rig.redis.get(keys.workflow_state(str(workflow.pk))) == "COMPLETED"
    assert rig.redis.ttl(keys.workflow_state(str(workflow.pk))) > 0


def test_an_end_that_redis_has_forgotten_again_is_told_once_more(rig: Rig) -> None:
    """Redis came back without its last second, in which the end was told."""
    workflow = rig.start_one(call("a"))
    rig.succeed(rig.claim(), {"x": 1})
    rig.catch_up()
    # The checkpoints behind it note that its effects went out.
    for _ in range(2):
        rig.start_one(call("a"))
    state = keys.workflow_state(str(workflow.pk))
    rig.redis.set(state, "RUNNING")
    Shard.objects.update(redis_run_id="before the restart")
    rig.restart_scheduler()
    rig.catch_up()
    assert rig.redis.get(state) == "COMPLETED"
    assert rig.redis.ttl(state) > 0


def test_no_generation_but_the_newest_is_left(rig: Rig) -> None:
    """Redis came back without its last second, in which the generation before was dropped."""
    workflow = rig.start_one(call("a"))
    Shard.objects.update(generation=5, position="", redis_run_id="before the restart")
    rig.restart_scheduler()
    rig.catch_up()
    assert rig.generation == 6
    assert rig.redis.keys("work:*") == [keys.work(6, str(workflow.pk))]
    assert not rig.redis.exists(keys.journal(1))


def test_a_report_sent_again_after_a_rebuild_is_no_late_one(rig: Rig) -> None:
    """Its first sending is in the old journal; only the answer got lost."""
    workflow = rig.start_one(call("a"), call("b"))
    claim = rig.claim()
    rig.succeed(claim, {"x": 1})
    Shard.objects.update(redis_run_id="before the restart")
    rig.restart_scheduler()
    rig.catch_up()
    rig.succeed(claim, {"x": 1})
    rig.catch_up()
    assert workflow.attempts.get(job_id="a").late_report is None
    assert rig.job(workflow, "a").output == {"x": 1}


# -- a database that went back in time ------------------------------------------------------------


def test_a_database_restored_within_the_journal_catches_up_by_it(rig: Rig) -> None:
    workflow = rig.start_one(*line(3))
    backup = snapshot()
    assert len(rig.work()) == 3
    assert rig.state(workflow) == "COMPLETED"
    restore(backup)
    rig.restart_scheduler()
    rig.catch_up()
    assert rig.state(workflow) == "COMPLETED"
    assert Event.objects.filter(type="baseshift.job.completed").count() == 3


def test_a_database_restored_to_before_a_trim_is_noticed(rig: Rig) -> None:
    workflow = rig.start_one(*line(3))
    backup = snapshot()
    rig.work()
    generation = rig.generation
    trim(rig)
    restore(backup)
    rig.restart_scheduler()
    rig.catch_up()
    assert rig.generation == generation + 1
    assert len(rig.work()) == 3
    assert rig.state(workflow) == "COMPLETED"
    assert Event.objects.filter(type="baseshift.job.completed").count() == 3


def test_the_journal_is_trimmed_behind_what_was_committed_ten_minutes_ago(rig: Rig) -> None:
    rig.start(*line(3))
    rig.work()
    journal = keys.journal(rig.generation)
    kept = rig.redis.xlen(journal)
    rig.clock.pass_by(minutes=1)
    rig.scheduler.tick()
    assert rig.redis.xlen(journal) == kept
    trim(rig)
    assert rig.redis.xlen(journal) < kept
    assert rig.redis.get(keys.trimmed()) <= Shard.objects.get().position


def trim(rig: Rig) -> None:
    """Let so much time pass that the leader cuts the journal."""
    journal = keys.journal(rig.generation)
    length = rig.redis.xlen(journal)

    def is_shorter() -> bool:
        rig.clock.pass_by(minutes=3)
        return bool(rig.redis.xlen(journal) < length)

    rig.until(is_shorter)


def rebuilt(rig: Rig) -> None:
    """Tick until the leader has noticed that Redis is empty, and opened the next generation."""
    generation = rig.generation
    rig.until(lambda: rig.scheduler.leader_loop is not None and rig.generation > generation)
    rig.catch_up()


def snapshot() -> dict[Any, list[Any]]:
    return {model: list(model._default_manager.order_by("pk")) for model in MODELS}


def restore(backup: dict[Any, list[Any]]) -> None:
    for model in reversed(MODELS):
        model._default_manager.all().delete()
    for model in MODELS:
        model._default_manager.bulk_create(backup[model])
