"""Redis dies under many running workflows, and comes back with or without its data."""

import random

import pytest

from apps.core.models import User
from apps.workflows.models import Attempt, Workflow
from apps.workflows.services import read
from tests.chaos.conftest import Run
from tests.chaos.seeds import seeds
from tests.chaos.test_paused import wait_for_holder
from tests.support import verdict
from tests.support.chaos_samples import gated
from tests.support.cluster import LASTING_LEASE_SECONDS, PATIENCE
from tests.support.ledger import Ledger
from tests.support.load import Load, publish, start
from tests.support.waiting import eventually, pass_by

AWAY_SECONDS = 10.0
# The engine's clients wait five seconds for an answer.
STANDSTILL_SECONDS = 7.0


@seeds
@pytest.mark.parametrize("empty", [True, False], ids=["empty", "with its file"])
def test_redis_is_killed_and_comes_back(run: Run, ledger: Ledger, ann: User, seed: int, empty: bool) -> None:
    rng = random.Random(seed)
    with run() as cluster:
        load = Load(ledger, ann)
        load.start()
        load.wait_for_some(rng)
        cluster.restart_redis(empty=empty)
        verdict.all_end()
        verdict.right(cluster, ledger, load.started, redis_lost_data=empty)


@seeds
def test_redis_comes_back_without_what_was_not_on_disk_yet(run: Run, ledger: Ledger, ann: User, seed: int) -> None:
    rng = random.Random(seed)
    with run() as cluster:
        load = Load(ledger, ann)
        load.start()
        load.wait_for_some(rng)
        cluster.restart_redis(without_last=rng.randint(1_000, 100_000))
        verdict.all_end()
        verdict.right(cluster, ledger, load.started, redis_lost_data=True)


def test_redis_stands_still_for_longer_than_anyone_waits(run: Run, ledger: Ledger, ann: User) -> None:
    """What was sent to it meanwhile is done when it goes on, though nobody waits for the answer any more."""
    with run() as cluster:
        load = Load(ledger, ann)
        load.start()
        load.wait_for_some(random.Random(1))
        cluster.pause_redis()
        pass_by(STANDSTILL_SECONDS)
        cluster.resume_redis()
        verdict.all_end()
        verdict.right(cluster, ledger, load.started)


def test_a_job_given_up_because_redis_stood_still_is_run_again(run: Run, ledger: Ledger, ann: User) -> None:
    """Its executor could not renew, and must think that others have it; that is not the job's fault."""
    publish(ann, gated(ledger.url))
    with run(executors=1, lease=LASTING_LEASE_SECONDS) as cluster:
        (pk,) = start(ann, ["gated"])
        wait_for_holder(cluster, ledger)
        cluster.pause_redis()
        eventually(lambda: ledger.given_up[f"{pk}.held"] == 1, PATIENCE)
        cluster.resume_redis()
        verdict.all_end()
        assert Workflow.objects.get().state == "COMPLETED"
        assert list(Attempt.objects.order_by("number").values_list("outcome", flat=True)) == ["lost", "completed"]
        assert ledger.calls() == {f"{pk}.held": 2}


def test_while_redis_is_away_starts_are_accepted_and_read_and_run_when_it_is_back(
    run: Run, ledger: Ledger, ann: User
) -> None:
    with run() as cluster:
        load = Load(ledger, ann)
        load.start(100)
        load.wait_for_some(random.Random(1))
        cluster.redis.kill()
        load.start(20)
        newest = list(load.started)[-1]
        assert read.detail(ann, workflow_id=newest).workflow["state"] == "INITIALIZED"
        pass_by(AWAY_SECONDS)
        cluster.restart_redis(empty=False)
        verdict.all_end()
        verdict.right(cluster, ledger, load.started)


def test_redis_is_emptied_while_it_runs(run: Run, ledger: Ledger, ann: User) -> None:
    with run() as cluster:
        load = Load(ledger, ann)
        load.start(100)
        load.wait_for_some(random.Random(1))
        cluster.redis.flush()
        verdict.all_end()
        verdict.right(cluster, ledger, load.started, redis_lost_data=True)
