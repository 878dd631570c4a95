"""Steps that name a pool: only its executors get their jobs, wherever the jobs come from."""

from apps.workflows.executor.claims import Queue
from apps.workflows.live import keys
from apps.workflows.workload import ExecutorsWorkload
from tests.support.engine_rig import Rig, call, noop


def far(rig: Rig) -> Queue:
    """An executor of the pool ``far``."""
    return rig.new_queue("far-executor", pool="far")


def test_a_job_is_its_pools_alone(rig: Rig) -> None:
    rig.start(noop("a", pool="far"))
    assert rig.take() is None
    claim = far(rig).claim()
    assert claim is not None
    assert claim.job_id == "a"


def test_a_job_of_no_named_pool_is_the_default_pools(rig: Rig) -> None:
    rig.start(noop("a"))
    assert far(rig).claim() is None
    assert rig.claim().job_id == "a"


def test_the_backlog_is_counted_by_pool(rig: Rig) -> None:
    rig.start(noop("a", dependsOn=[]), noop("b", dependsOn=[], pool="far"), count=3)
    assert ExecutorsWorkload().observe(["default", "far"], []).backlog == {"default": 3, "far": 3}


def test_an_executor_does_not_go_on_into_another_pool(rig: Rig) -> None:
    rig.start(noop("a"), noop("b", pool="far"))
    assert rig.succeed(rig.claim(), {}, go_on=True) is None
    rig.catch_up()
    claim = far(rig).claim()
    assert claim is not None
    assert claim.job_id == "b"


def test_an_executor_goes_on_within_its_own_pool(rig: Rig) -> None:
    rig.start(noop("a", pool="far"), noop("b", pool="far"))
    rig.queue = far(rig)
    following = rig.succeed(rig.claim(), {}, go_on=True)
    assert following is not None
    assert following.job_id == "b"


def test_an_executor_that_goes_on_with_other_work_takes_its_own_pools(rig: Rig) -> None:
    rig.start(call("a", pool="far"), count=2)
    rig.start(call("b", priority=100))
    rig.queue = far(rig)
    following = rig.succeed(rig.claim(), {}, go_on=True)
    assert following is not None
    assert following.job_id == "a"


def test_a_second_attempt_goes_to_the_same_pool(rig: Rig) -> None:
    workflow = rig.start_one(call("a", pool="far", retry={"initialDelay": "0s"}))
    rig.queue = far(rig)
    rig.fail(rig.claim())
    rig.until(lambda: rig.job(workflow, "a").attempt == 2 and rig.status(workflow, "a") == "QUEUED")
    assert rig.claim().attempt == 2


def test_redis_filled_anew_has_each_job_in_its_pool(rig: Rig) -> None:
    rig.start(noop("a", pool="far"))
    rig.redis.flushall()
    rig.restart_scheduler()
    rig.catch_up()
    assert ExecutorsWorkload().observe(["default", "far"], []).backlog == {"default": 0, "far": 1}


def test_the_sweep_mends_a_job_in_its_pool(rig: Rig) -> None:
    rig.start(noop("a", pool="far"))
    ready = keys.ready(rig.generation, "far")
    rig.redis.delete(ready)
    rig.clock.pass_by(seconds=rig.lease + 1)
    rig.until(lambda: rig.scheduler.sweep.repairs == 1)
    assert rig.redis.zcard(ready) == 1


def test_the_sweep_leaves_a_job_that_waits_in_its_pool(rig: Rig) -> None:
    rig.start(noop("a", pool="far"))
    # Something to mend, so that the sweep is known to have looked.
    lost = rig.start_one(noop("b"))
    rig.redis.delete(keys.ready(rig.generation, "default"))
    rig.clock.pass_by(seconds=rig.lease + 1)
    rig.until(lambda: rig.scheduler.sweep.repairs > 0)
    assert rig.scheduler.sweep.repairs == 1
    assert rig.status(lost, "b") == "QUEUED"


def test_a_cancelled_job_leaves_its_pool(rig: Rig) -> None:
    workflow = rig.start_one(noop("a", pool="far"))
    rig.cancel(workflow)
    assert ExecutorsWorkload().observe(["far"], []).backlog == {"far": 0}


def test_what_an_act_held_wakes_the_executors_of_its_pools(rig: Rig) -> None:
    workflow = rig.start_one(call("a", dependsOn=[]), call("b", dependsOn=[], pool="far"))
    wakes = [keys.wake(rig.generation, pool) for pool in ("default", "far")]
    rig.redis.delete(*wakes)
    rig.put(workflow, "a", "RUNNING")
    assert rig.redis.exists(*wakes) == 2
