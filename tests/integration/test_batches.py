"""What one batch takes, what a new leader loads at once, and what it keeps at hand is bounded by jobs."""

from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.workflows.models import Job, Workflow
from apps.workflows.scheduler import batches, recovery
from apps.workflows.scheduler.cache import WorkflowCache
from tests.support.engine_rig import Rig, call, noop

JOBS = 10


@pytest.fixture
def rig(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """A leader whose batches have ten jobs."""
    monkeypatch.setattr(batches, "MAX_JOBS_PER_BATCH", JOBS)
    monkeypatch.setattr(recovery, "MAX_JOBS_PER_BATCH", JOBS)
    return rig


def states(workflows: list[Workflow]) -> list[str]:
    return [row.state for row in Workflow.objects.filter(pk__in=[one.pk for one in workflows])]


def test_starts_of_large_workflows_take_several_batches(rig: Rig) -> None:
    workflows = rig.start(*(noop(name) for name in "abcd"), count=7, heard=False)
    rows = []
    while "INITIALIZED" in states(workflows):
        rig.scheduler.tick()
        rows.append(Job.objects.count())
    added = [after - before for before, after in pairwise([0, *rows])]
    assert max(added) <= JOBS
    assert set(states(workflows)) == {"RUNNING"}
    assert len(rig.work()) == 28


def test_one_that_is_larger_than_a_batch_takes_one(rig: Rig) -> None:
    workflows = rig.start(*(noop(f"s{number}") for number in range(3 * JOBS)), count=3)
    assert set(states(workflows)) == {"RUNNING"}
    assert Job.objects.count() == 90


def test_reports_that_let_many_jobs_go_on_take_several_batches(rig: Rig) -> None:
    workflows = rig.start(noop("root"), *(noop(f"s{number}", dependsOn=["root"]) for number in range(8)), count=4)
    for _ in workflows:
        rig.succeed(rig.claim(), {})
    queued = [Job.objects.filter(status="QUEUED").count()]
    while queued[-1] < 32:
        rig.scheduler.tick()
        queued.append(Job.objects.filter(status="QUEUED").count())
    # What one entry changes is never cut, so that a batch may go beyond by one.
    assert max(after - before for before, after in pairwise(queued)) <= 2 * 8


def opening(rig: Rig) -> list[str]:
    """The statements by which another leader builds the live state anew."""
    rig.redis.flushall()
    rig.restart_scheduler()
    with CaptureQueriesContext(connection) as captured:
        assert rig.scheduler.tick().is_open
    return [query["sql"] for query in captured]


def test_a_new_leader_prolongs_its_lease_while_it_loads(rig: Rig) -> None:
    """Else a standby would take over from it again and again, as soon as that takes longer than a lease."""
    rig.start(*(noop(name) for name in "abcd"), count=9)
    prolonged = [sql for sql in opening(rig) if sql.startswith("UPDATE") and "expires_at" in sql]
    # Two workflows at a time, and the election.
    assert len(prolonged) > 5


def test_what_a_new_leader_asks_of_the_database_does_not_grow_with_each_workflow(rig: Rig) -> None:
    reading = {"api_endpoint": "http://127.0.0.1/${steps.a.output.x}"}
    steps = (noop("a"), call("b", config=reading, dependsOn=["a"]), call("c", dependsOn=["b"]))
    counts = []
    for _ in range(2):
        rig.start(*steps, count=3)
        for _ in range(3):
            rig.succeed(next(claim for claim in iter(rig.claim, None) if claim.job_id == "a"), {"x": "1"})
        rig.catch_up()
        counts.append(len(opening(rig)))
    # Three workflows more are one portion of ten jobs more: its lease, its workflows, their jobs, and what these read.
    assert counts[1] - counts[0] == 4


def test_workflows_that_are_not_at_hand_any_more_go_on(rig: Rig) -> None:
    rig.catch_up()
    leader_loop = rig.scheduler.leader_loop
    assert leader_loop is not None
    leader_loop.processor.workflows = WorkflowCache(max_jobs=1)
    workflows = rig.start(
        noop("a"), noop("b", dependsOn=["a"]), noop("c", dependsOn=["a"]), noop("d", dependsOn=["b", "c"]), count=9
    )
    assert len(rig.work()) == 36
    assert set(states(workflows)) == {"COMPLETED"}


def test_the_workflows_that_were_used_last_stay_at_hand(rig: Rig) -> None:
    rig.catch_up()
    leader_loop = rig.scheduler.leader_loop
    assert leader_loop is not None
    leader_loop.processor.workflows = kept = WorkflowCache(max_jobs=3 * 7)
    workflows = rig.start(noop("a"), noop("b"), count=3)
    claim = rig.claim()
    rig.succeed(claim, {})
    rig.catch_up()
    workflows += rig.start(noop("a"), noop("b"))
    at_hand = [str(one.pk) for one in workflows if str(one.pk) in kept]
    assert len(at_hand) == 3
    assert {claim.workflow_id, str(workflows[-1].pk)} <= set(at_hand)
