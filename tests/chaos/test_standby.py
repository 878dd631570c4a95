"""Two schedulers: one leads, the other stands by."""

import random

from apps.core.models import User
from apps.workflows.live import keys
from apps.workflows.models import Shard
from tests.chaos.conftest import Run
from tests.chaos.seeds import seeds
from tests.chaos.standstill import pause_between_commits
from tests.support import verdict
from tests.support.cluster import PATIENCE, Cluster
from tests.support.ledger import Ledger
from tests.support.load import Load
from tests.support.process import Process
from tests.support.waiting import eventually


@seeds
def test_the_standby_takes_over_when_the_leader_is_killed(run: Run, ledger: Ledger, ann: User, seed: int) -> None:
    rng = random.Random(seed)
    with run(schedulers=2) as cluster:
        load = Load(ledger, ann)
        load.start()
        load.wait_for_some(rng)
        leader, epoch = leads(cluster)
        leader.kill()
        eventually(lambda: shard().epoch > epoch, PATIENCE)
        assert cluster.leader() is not leader
        verdict.all_end()
        verdict.right(cluster, ledger, load.started)


def test_a_leader_that_was_paused_changes_nothing_when_it_is_back(run: Run, ledger: Ledger, ann: User) -> None:
    with run(schedulers=2) as cluster:
        load = Load(ledger, ann)
        load.start()
        load.wait_for_some(random.Random(1))
        leader = cluster.leader()
        pause_between_commits(leader)
        eventually(lambda: cluster.leader() is not leader, PATIENCE)
        other, epoch = leads(cluster)
        leader.resume()
        verdict.all_end()
        # It leads again if the other one stands still, too, and then as whoever is elected anew.
        assert leads(cluster) == (other, epoch) or shard().epoch > epoch
        verdict.right(cluster, ledger, load.started)


def test_a_leader_that_is_asked_to_end_hands_over_at_once(run: Run, ledger: Ledger, ann: User) -> None:
    with run(schedulers=2) as cluster:
        leader, epoch = leads(cluster)
        assert leader.terminate() == 0
        # Its lease ends with it: nobody has to wait for that.
        now = shard()
        assert not now.leader or now.epoch > epoch
        eventually(lambda: bool(shard().leader), PATIENCE)
        assert cluster.leader() is not leader


def leads(cluster: Cluster) -> tuple[Process, int]:
    """Who leads, and by which epoch."""
    now = shard()
    return cluster.process_of(now), now.epoch


def shard() -> Shard:
    return Shard.objects.get(pk=keys.SHARD)
