"""Long runs: any faults in any order, while new workflows keep coming."""

import random
from collections.abc import Callable

import pytest

from apps.core.models import User
from tests.chaos.conftest import Run
from tests.chaos.seeds import soak_seeds
from tests.support import verdict
from tests.support.cluster import LEASE_SECONDS, Cluster
from tests.support.ledger import Ledger
from tests.support.load import Load
from tests.support.process import Process
from tests.support.waiting import pass_by

FAULTS = 8
WORKFLOWS_A_FAULT = 40
LONGEST_PAUSE = 6.0


@pytest.mark.soak
@soak_seeds
def test_any_faults_in_any_order(run: Run, ledger: Ledger, ann: User, seed: int) -> None:
    rng = random.Random(seed)
    with run(schedulers=2, executors=2) as cluster:
        load, faults = Load(ledger, ann), Faults(cluster, rng)
        for _ in range(FAULTS):
            load.start(WORKFLOWS_A_FAULT)
            load.wait_for_some(rng)
            faults.strike()
        try:
            verdict.all_end(patience=120)
            verdict.right(cluster, ledger, load.started, redis_lost_data=faults.redis_lost_data)
        except AssertionError as error:
            error.add_note(f"seed {seed}: {faults.done}")
            raise


class Faults:
    """Does one bad thing after the other; ``done`` tells which, for a failing seed."""

    def __init__(self, cluster: Cluster, rng: random.Random) -> None:
        self.cluster = cluster
        self.rng = rng
        self.done: list[str] = []
        self.redis_lost_data = False

    def strike(self) -> None:
        kinds: list[Callable[[], None]] = [
            self.kill_one,
            self.kill_one,
            self.kill_all,
            self.pause_one,
            self.empty_redis,
            self.restart_redis,
            self.pause_redis,
            self.roll_redis_back,
            self.flush_redis,
        ]
        kind = self.rng.choice(kinds)
        self.done.append(kind.__name__)
        kind()

    def kill_one(self) -> None:
        self._restart(self.rng.choice(self.cluster.processes))

    def kill_all(self) -> None:
        self.cluster.kill()
        self.cluster.start()

    def pause_one(self) -> None:
        process = self.rng.choice(self.cluster.processes)
        process.pause()
        pass_by(self.rng.uniform(LEASE_SECONDS, LONGEST_PAUSE))
        process.resume()

    def restart_redis(self) -> None:
        self.cluster.restart_redis()

    def pause_redis(self) -> None:
        self.cluster.pause_redis()
        pass_by(self.rng.uniform(LEASE_SECONDS, LONGEST_PAUSE))
        self.cluster.resume_redis()

    def roll_redis_back(self) -> None:
        self.redis_lost_data = True
        self.cluster.restart_redis(without_last=self.rng.randint(1_000, 50_000))

    def empty_redis(self) -> None:
        self.redis_lost_data = True
        self.cluster.restart_redis(empty=True)

    def flush_redis(self) -> None:
        self.redis_lost_data = True
        self.cluster.redis.flush()

    @staticmethod
    def _restart(process: Process) -> None:
        process.kill()
        process.start()
