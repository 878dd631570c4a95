"""The engine on real stores, driven step by step."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from apps.workflows.live import keys
from apps.workflows.models import Shard
from apps.workflows.scheduler import leadership
from tests.support.engine_rig import Rig
from tests.support.servers import RedisServer
from tests.support.waiting import PATIENCE_SECONDS


@pytest.fixture
def rig(
    transactional_db: None, redis_server: RedisServer, patient_answers: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Rig]:
    """Committed transactions, an empty Redis, and the shard, which emptying the database took away.

    The leader shares the test's connection: PostgreSQL is not to end a transaction of the test that stands still.
    """
    Shard.objects.get_or_create(pk=keys.SHARD)
    monkeypatch.setattr(leadership, "LEADER_LEASE", timedelta(seconds=PATIENCE_SECONDS))
    rig = Rig(redis_server.url)
    yield rig
    rig.close()
