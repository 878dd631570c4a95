"""kill -9 of ``publish_events`` at random moments: every event arrives, in order, whatever is sent again."""

import random
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.core import bulk_write
from apps.events.bus.factory import our_topics
from apps.events.bus.kafka import KafkaBus
from apps.events.bus.port import Bus
from apps.events.bus.redis_streams import RedisStreams
from apps.events.models import PublisherLease
from apps.stack import command_lines
from tests.chaos import arrivals
from tests.chaos.seeds import KILLS, seeds
from tests.support.brokers import Broker, needs_apache, new_broker
from tests.support.cluster import PATIENCE, database_url
from tests.support.outbox import event
from tests.support.process import Process
from tests.support.servers import RedisServer
from tests.support.waiting import eventually, pass_by

EVENTS_A_KILL, KEYS = 1000, 40
# Reading, sending and marking so many takes about as long.
LONGEST_WAIT = 0.3


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    broker = new_broker(tmp_path / "kafka")
    broker.start()
    yield broker
    broker.stop()


@seeds
def test_publishers_to_redis_are_killed_at_any_moment(
    transactional_db: None, tmp_path: Path, redis_server: RedisServer, seed: int
) -> None:
    bus = RedisStreams(redis_server.url, max_length=1_000_000)
    settings = {"REDIS_URL": redis_server.url, "EVENT_STREAM_LENGTH": "1000000"}
    kill_again_and_again(tmp_path, settings, bus, random.Random(seed))


@needs_apache
@seeds
def test_publishers_to_kafka_are_killed_at_any_moment(
    transactional_db: None, tmp_path: Path, broker: Broker, seed: int
) -> None:
    bus = KafkaBus(broker.connection)
    bus.set_up(our_topics())
    settings = {"KAFKA_BOOTSTRAP_SERVERS": broker.connection["bootstrap_servers"][0]}
    kill_again_and_again(tmp_path, settings, bus, random.Random(seed))


def kill_again_and_again(directory: Path, settings: dict[str, str], bus: Bus, rng: random.Random) -> None:
    """One publishes, another stands by; whoever publishes is killed, while ever more happens."""
    environment = {
        "DJANGO_SETTINGS_MODULE": "baseshift.settings.dev",
        "DATABASE_URL": database_url(),
        "VAR_DIR": str(directory),
        **settings,
    }
    processes = [
        Process(f"publisher-{n}", command_lines.manage("publish_events"), environment, directory) for n in (1, 2)
    ]
    try:
        for process in processes:
            process.start()
        for _ in range(KILLS):
            kill_one(processes, rng)
        arrivals.all_marked()
        arrivals.right(bus)
    except BaseException as error:
        for process in processes:
            error.add_note(process.tail())
        raise
    finally:
        for process in processes:
            process.kill()
        bus.close()


def kill_one(processes: list[Process], rng: random.Random) -> None:
    publishing = holder(processes)
    happen(rng)
    pass_by(rng.random() * LONGEST_WAIT)
    publishing.kill()
    # The lease of the dead ends by itself after some seconds: let it end now.
    PublisherLease.objects.update(expires_at=None)
    publishing.start()


def holder(processes: list[Process]) -> Process:
    """Who publishes; waits until somebody does."""
    found: list[Process] = []

    def somebody() -> bool:
        name = PublisherLease.objects.exclude(expires_at=None).values_list("holder", flat=True).first() or "::"
        found[:] = [process for process in processes if str(process.pid) == name.split(":")[1]]
        return bool(found)

    eventually(somebody, PATIENCE)
    return found[0]


def happen(rng: random.Random) -> None:
    """Some more of everything, in transactions of their own."""
    keys = [str(uuid.UUID(int=number)) for number in range(KEYS)]
    rows = [event(number, rng.choice(keys)) for number in range(EVENTS_A_KILL)]
    bulk_write.insert(rows[: EVENTS_A_KILL // 2])
    bulk_write.insert(rows[EVENTS_A_KILL // 2 :])
