"""Taking the lead from one that holds on to it."""

import threading

import pytest
from django.db import connection, transaction

from apps.core.processes.outages import DATABASE_UNAVAILABLE
from apps.workflows.live.keys import SHARD
from apps.workflows.models import Shard
from apps.workflows.scheduler import leadership
from apps.workflows.scheduler.checkpoint import LEADER_LEASE
from tests.support.waiting import eventually

# The lease runs out, and the transaction stands still for as long again.
PATIENCE_SECONDS = 15 * LEADER_LEASE.total_seconds()


@pytest.mark.django_db(transaction=True)
def test_a_leader_frozen_in_a_transaction_does_not_keep_the_lead():
    if connection.vendor == "sqlite":
        pytest.skip("SQLite cannot end anybody's transaction")
    Shard.objects.get_or_create(pk=SHARD)
    holding, over = threading.Event(), threading.Event()

    def freeze() -> None:
        leadership.acquire("frozen")
        try:
            with transaction.atomic():
                Shard.objects.filter(pk=SHARD).update(position="held")
                holding.set()
                over.wait(PATIENCE_SECONDS)
        except DATABASE_UNAVAILABLE:
            """The server has ended the transaction, and with it the connection."""
        finally:
            connection.close()

    frozen = threading.Thread(target=freeze)
    frozen.start()
    assert holding.wait(PATIENCE_SECONDS)
    try:
        eventually(lambda: leadership.acquire("standby") is not None, PATIENCE_SECONDS)
    finally:
        over.set()
        frozen.join()
    assert Shard.objects.get(pk=SHARD).position != "held"
