"""A bus of each kind, each fresh for its test."""

import uuid
from collections.abc import Callable, Iterator

import pytest

from apps.events.bus.kafka import KafkaBus
from apps.events.bus.memory import MemoryBus
from apps.events.bus.port import Bus
from apps.events.bus.redis_streams import RedisStreams
from tests.events.brokers import Broker, new_broker
from tests.integration.conftest import rig  # noqa: F401 - a fixture
from tests.parts import RedisServer

STREAM_LENGTH = 10_000
# A join takes the wheel's broker half a session.
SESSION_SECONDS = 2.0


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


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    broker = new_broker(tmp_path_factory.mktemp("kafka"))
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def kafka_bus(broker: Broker) -> Iterator[KafkaBus]:
    bus = KafkaBus(broker.connection, session=SESSION_SECONDS)
    yield bus
    bus.close()


@pytest.fixture(params=["memory", "redis", "kafka"])
def bus(request: pytest.FixtureRequest) -> Bus:
    chosen: Bus = request.getfixturevalue(f"{request.param}_bus")
    return chosen
