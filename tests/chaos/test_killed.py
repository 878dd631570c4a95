"""kill -9 at random moments of many running workflows. The seeds choose the moments."""

import random

from apps.core.models import User
from tests.chaos.conftest import Run
from tests.chaos.seeds import seeds
from tests.support import verdict
from tests.support.ledger import Ledger
from tests.support.load import Load


def test_without_any_fault_all_ends_as_it_should(run: Run, ledger: Ledger, ann: User) -> None:
    with run() as cluster:
        load = Load(ledger, ann)
        load.start()
        verdict.all_end()
        verdict.right(cluster, ledger, load.started)


@seeds
def test_the_scheduler_is_killed_and_started_again(run: Run, ledger: Ledger, ann: User, seed: int) -> None:
    rng = random.Random(seed)
    with run() as cluster:
        load = Load(ledger, ann)
        load.start()
        load.wait_for_some(rng)
        cluster.schedulers[0].kill()
        cluster.schedulers[0].start()
        verdict.all_end()
        verdict.right(cluster, ledger, load.started)


@seeds
def test_executors_are_killed_and_the_others_do_their_jobs(run: Run, ledger: Ledger, ann: User, seed: int) -> None:
    rng = random.Random(seed)
    with run() as cluster:
        load = Load(ledger, ann)
        load.start()
        for executor in cluster.executors:
            load.wait_for_some(rng)
            executor.kill()
            executor.start()
        verdict.all_end()
        verdict.right(cluster, ledger, load.started)


@seeds
def test_everything_but_redis_is_killed_at_once(run: Run, ledger: Ledger, ann: User, seed: int) -> None:
    rng = random.Random(seed)
    with run() as cluster:
        load = Load(ledger, ann)
        load.start()
        load.wait_for_some(rng)
        cluster.kill()
        load.start(20)
        cluster.start()
        verdict.all_end()
        verdict.right(cluster, ledger, load.started)
