"""The keys that outsiders read (contract §3): state, current job, jobs."""

from uuid import UUID

from apps.workflows.live import keys, state_store
from apps.workflows.models import Workflow
from tests.support.engine_rig import STATE_TTL, Rig, call, line, noop, wait


def state(rig: Rig, workflow: Workflow) -> str | None:
    return rig.redis.get(keys.workflow_state(str(workflow.pk)))


def current(rig: Rig, workflow: Workflow) -> str | None:
    return rig.redis.get(keys.workflow_current_job(str(workflow.pk)))


def jobs(rig: Rig, workflow: Workflow) -> list[str]:
    return rig.redis.lrange(keys.workflow_jobs(str(workflow.pk)), 0, -1)


def all_keys(workflow: Workflow) -> list[str]:
    pk = str(workflow.pk)
    return [keys.workflow_state(pk), keys.workflow_current_job(pk), keys.workflow_jobs(pk)]


def test_they_are_called_as_the_contract_says(rig: Rig) -> None:
    pk = UUID("12345678-1234-5678-1234-567812345678")
    assert all_keys(Workflow(pk=pk)) == [
        "workflow:12345678-1234-5678-1234-567812345678:state",
        "workflow:12345678-1234-5678-1234-567812345678:currentJob",
        "workflow:12345678-1234-5678-1234-567812345678:jobs",
    ]


def test_from_its_creation_to_its_end(rig: Rig) -> None:
    workflow = rig.start_one(noop("a"), call("b"))
    assert (state(rig, workflow), current(rig, workflow)) == ("RUNNING", None)
    assert jobs(rig, workflow) == ["a", "b"]
    claim = rig.claim()
    rig.catch_up()
    assert current(rig, workflow) == "a"
    following = rig.succeed(claim, {}, go_on=True)
    assert following is not None
    rig.catch_up()
    assert (state(rig, workflow), current(rig, workflow)) == ("RUNNING", "b")
    rig.fail(following)
    rig.catch_up()
    assert (state(rig, workflow), current(rig, workflow)) == ("FAILED", None)
    assert jobs(rig, workflow) == ["a", "b"]


def test_before_the_leader_has_heard_of_it(rig: Rig) -> None:
    rig.catch_up()
    (workflow,) = rig.start(noop("b"), noop("a"), heard=False)
    assert state(rig, workflow) == "INITIALIZED"
    assert jobs(rig, workflow) == ["b", "a"]
    rig.catch_up()
    assert state(rig, workflow) == "RUNNING"


def test_the_current_job_is_the_one_that_started_last_and_has_not_ended(rig: Rig) -> None:
    workflow = rig.start_one(call("a", dependsOn=[]), call("b", dependsOn=[]), call("c", dependsOn=[]))
    claims = {}
    for _ in range(3):
        claim = rig.claim()
        claims[claim.job_id] = claim
        rig.catch_up()
        assert current(rig, workflow) == claim.job_id
    assert list(claims) == ["a", "b", "c"]
    rig.succeed(claims["c"], {})
    rig.catch_up()
    assert current(rig, workflow) == "b"
    rig.succeed(claims["a"], {})
    rig.catch_up()
    assert current(rig, workflow) == "b"


def test_none_runs_while_a_timer_does(rig: Rig) -> None:
    workflow = rig.start_one(wait("t", "1h"))
    assert (state(rig, workflow), current(rig, workflow)) == ("RUNNING", None)


def test_they_stay_until_it_ends_and_then_for_their_time(rig: Rig) -> None:
    workflow = rig.start_one(noop("a"))
    claim = rig.claim()
    rig.catch_up()
    assert [rig.redis.ttl(key) for key in all_keys(workflow)] == [-1, -1, -1]
    before = now(rig)
    rig.succeed(claim, {})
    rig.catch_up()
    state_key, current_key, jobs_key = all_keys(workflow)
    assert not rig.redis.exists(current_key)
    for key in (state_key, jobs_key):
        assert before <= end_of(rig, key) - STATE_TTL <= now(rig)


def now(rig: Rig) -> float:
    seconds, micros = rig.redis.time()
    return float(seconds + micros / 1e6)


def end_of(rig: Rig, key: str) -> float:
    """When Redis drops it, by its own clock: both are asked at one moment."""
    (seconds, micros), left = rig.redis.pipeline().time().pttl(key).execute()
    assert left > 0
    return float(seconds + micros / 1e6 + left / 1e3)


def test_they_agree_with_sql_after_every_batch(rig: Rig) -> None:
    workflows = rig.start(*line(2), count=3)
    seen = set()
    while (claim := rig.take()) is not None:
        rig.succeed(claim, {})
        rig.catch_up()
        for row in Workflow.objects.filter(pk__in=[workflow.pk for workflow in workflows]):
            assert (state(rig, row), current(rig, row) or "") == (row.state, row.current_job)
            seen.add(row.state)
    assert seen == {"RUNNING", "COMPLETED"}


def test_when_redis_lost_them_they_are_written_again(rig: Rig) -> None:
    workflow = rig.start_one(call("a"))
    rig.claim()
    rig.catch_up()
    rig.redis.flushall()
    rig.until(lambda: current(rig, workflow) == "a")
    assert state(rig, workflow) == "RUNNING"
    assert jobs(rig, workflow) == ["a"]


def test_those_who_read_them_get_them_for_many_at_once(rig: Rig) -> None:
    running = rig.start_one(call("a"))
    rig.claim()
    waiting = rig.start_one(wait("t", "1h"))
    gone = Workflow(pk=UUID(int=1))
    rig.catch_up()
    found = state_store.read([running.pk, waiting.pk, gone.pk])
    assert found == {running.pk: ("RUNNING", "a"), waiting.pk: ("RUNNING", None)}
