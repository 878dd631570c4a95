"""A bus of each kind, each fresh for its test."""

import uuid
from collections.abc import Callable, Iterator

import pytest

from apps.events.bus import kafka, kafka_clients, kafka_reader, redis_streams
from apps.events.bus.kafka import KafkaBus
from apps.events.bus.memory import MemoryBus
from apps.events.bus.port import Bus
from apps.events.bus.redis_streams import RedisStreams
from tests.support.brokers import APACHE, Broker, new_broker
from tests.support.engine_fixtures import rig  # noqa: F401 - a fixture
from tests.support.servers import RedisServer
from tests.support.waiting import PATIENCE_SECONDS

STREAM_LENGTH = 10_000
PATIENCE_MS = int(PATIENCE_SECONDS * 1000)
# Readers are silent for long on a busy machine. But a join takes the wheel's broker half a session.
SESSION_SECONDS = 30.0 if APACHE else 2.0


@pytest.fixture
def name() -> Callable[[str], str]:
    """Makes names of topics and groups that no other test has used: on some brokers they stay."""
    mark = uuid.uuid4().hex[:8]
    return lambda word: f"{word}-{mark}"


@pytest.fixture
def memory_bus() -> MemoryBus:
    return MemoryBus()


@pytest.fixture
def redis_bus(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisStreams]:
    monkeypatch.setattr(redis_streams, "TIMEOUT_SECONDS", PATIENCE_SECONDS)
    bus = RedisStreams(redis_server.url, max_length=STREAM_LENGTH, session=PATIENCE_SECONDS)
    yield bus
    bus.close()


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    broker = new_broker(tmp_path_factory.mktemp("kafka"))
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def patient_kafka(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that is there has all the time that it takes, however busy the machine is."""
    for module, names in (
        (kafka, ("METADATA_MS", "REQUEST_MS")),
        (kafka_clients, ("BOOTSTRAP_TIMEOUT_MS",)),
        (kafka_reader, ("COMMIT_TIMEOUT_MS",)),
    ):
        for name in names:
            monkeypatch.setattr(module, name, PATIENCE_MS)
    monkeypatch.setattr(kafka, "DELIVERY_MS", 2 * PATIENCE_MS)
    monkeypatch.setattr(kafka, "ANSWER_SECONDS", 3 * PATIENCE_SECONDS)


@pytest.fixture
def kafka_bus(broker: Broker, patient_kafka: None) -> Iterator[KafkaBus]:
    bus = KafkaBus(broker.connection, session=SESSION_SECONDS)
    yield bus
    bus.close()


@pytest.fixture(params=["memory", "redis", "kafka"])
def bus(request: pytest.FixtureRequest) -> Bus:
    chosen: Bus = request.getfixturevalue(f"{request.param}_bus")
    return chosen
