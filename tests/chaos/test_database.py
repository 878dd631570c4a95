"""The database is away for a while: the journal waits."""

import random

import pytest
from django.db import connection, transaction

from apps.core.models import User
from apps.workflows.live import keys
from apps.workflows.models import Shard
from apps.workflows.scheduler.checkpoint import LEADER_LEASE
from tests.chaos.conftest import Run
from tests.support import verdict
from tests.support.ledger import Ledger
from tests.support.load import Load
from tests.support.waiting import pass_by


def test_the_database_is_locked_for_longer_than_the_lease_of_the_leader(run: Run, ledger: Ledger, ann: User) -> None:
    with run(schedulers=2) as cluster:
        load = Load(ledger, ann)
        load.start()
        load.wait_for_some(random.Random(1))
        with transaction.atomic():
            Shard.objects.select_for_update().get(pk=keys.SHARD)
            pass_by(LEADER_LEASE.total_seconds() + 1)
        verdict.all_end()
        verdict.right(cluster, ledger, load.started)


def test_the_connections_to_the_database_are_cut(run: Run, ledger: Ledger, ann: User) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("there are none to a file")
    rng = random.Random(1)
    with run() as cluster:
        load = Load(ledger, ann)
        load.start()
        for _ in range(3):
            load.wait_for_some(rng)
            cut_connections()
        verdict.all_end()
        verdict.right(cluster, ledger, load.started)


def cut_connections() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
