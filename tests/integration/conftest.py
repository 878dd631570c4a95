"""The engine on real stores, driven step by step."""

from collections.abc import Iterator

import pytest

from apps.workflows.live import keys
from apps.workflows.models import Shard
from tests.integration.rig import Rig
from tests.parts import RedisServer


@pytest.fixture
def rig(transactional_db: None, redis_server: RedisServer) -> Iterator[Rig]:
    """Committed transactions, an empty Redis, and the shard, which emptying the database took away."""
    Shard.objects.get_or_create(pk=keys.SHARD)
    rig = Rig(redis_server.url)
    yield rig
    rig.close()
