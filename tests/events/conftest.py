"""A bus of each kind, each fresh for its test."""

import uuid
from collections.abc import Callable, Iterator

import pytest

from apps.events.bus.memory import MemoryBus
from apps.events.bus.port import Bus
from apps.events.bus.redis_streams import RedisStreams
from tests.parts import RedisServer

STREAM_LENGTH = 10_000


@pytest.fixture
def name() -> Callable[[str], str]:
    """Makes names of topics and groups that no other test has used: on some brokers they stay."""
    mark = uuid.uuid4().hex[:8]
    return lambda word: f"{word}-{mark}"


@pytest.fixture
def memory_bus() -> MemoryBus:
    return MemoryBus()


@pytest.fixture
def redis_bus(redis_server: RedisServer) -> Iterator[RedisStreams]:
    bus = RedisStreams(redis_server.url, max_length=STREAM_LENGTH)
    yield bus
    bus.close()


@pytest.fixture(params=["memory", "redis"])
def bus(request: pytest.FixtureRequest) -> Bus:
    chosen: Bus = request.getfixturevalue(f"{request.param}_bus")
    return chosen
