"""Two schedulers: one leads, the other stands by."""

import random

from django.db import OperationalError, connection, transaction

from apps.core.models import User
from apps.workflows.live import keys
from apps.workflows.models import Shard
from apps.workflows.scheduler.checkpoint import LEADER_LEASE
from tests.chaos import verdict
from tests.chaos.cluster import PATIENCE
from tests.chaos.conftest import Run
from tests.chaos.ledger import Ledger
from tests.chaos.load import Load
from tests.chaos.process import Process
from tests.chaos.seeds import seeds
from tests.services.waiting import eventually

# The lease has to run out; then the other one looks every quarter of a second. The rest is a busy machine's.
TAKE_OVER_SECONDS = LEADER_LEASE.total_seconds() + 15.0


@seeds
def test_the_standby_takes_over_when_the_leader_is_killed(run: Run, ledger: Ledger, ann: User, seed: int) -> None:
    rng = random.Random(seed)
    with run(schedulers=2) as cluster:
        load = Load(ledger, ann)
        load.start()
        load.wait_for_some(rng)
        leader = cluster.leader()
        epoch = shard().epoch
        leader.kill()
        eventually(lambda: shard().epoch > epoch, TAKE_OVER_SECONDS)
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
        eventually(lambda: not leads(leader), PATIENCE)
        leader.resume()
        verdict.all_end()
        assert not leads(leader)
        verdict.right(cluster, ledger, load.started)


def test_a_leader_that_is_asked_to_end_hands_over_at_once(run: Run, ledger: Ledger, ann: User) -> None:
    with run(schedulers=2) as cluster:
        leader, name = cluster.leader(), shard().leader
        assert leader.terminate() == 0
        # Its lease ends with it: nobody has to wait for that.
        assert shard().leader != name
        eventually(lambda: bool(shard().leader), PATIENCE)
        assert cluster.leader() is not leader


def leads(process: Process) -> bool:
    return f":{process.pid}:" in shard().leader


def shard() -> Shard:
    return Shard.objects.get(pk=keys.SHARD)


def pause_between_commits(leader: Process) -> None:
    """On SQLite nobody can write while a process stands still in its transaction; PostgreSQL ends that transaction."""
    leader.pause()
    while connection.vendor == "sqlite" and not can_write():
        leader.resume()
        leader.pause()


def can_write() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 100")
        try:
            with transaction.atomic():
                return True
        except OperationalError:
            return False
        finally:
            cursor.execute("PRAGMA busy_timeout = 30000")
