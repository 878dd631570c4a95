"""The broker of the bus dies under many running workflows, and comes back with its data."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.core.models import User
from apps.events.bus.factory import our_topics
from apps.events.bus.kafka import KafkaBus
from apps.events.bus.redis_streams import RedisStreams
from apps.events.models import Event
from apps.stack import command_lines
from apps.workflows.engine.states import WORKFLOW_ENDED
from apps.workflows.models import Workflow
from tests.chaos import arrivals
from tests.chaos.conftest import Run
from tests.chaos.seeds import seeds
from tests.support import verdict
from tests.support.brokers import ApacheBroker, needs_apache
from tests.support.cluster import PATIENCE, Cluster
from tests.support.ledger import Ledger
from tests.support.load import WORKFLOWS, Load
from tests.support.process import Process
from tests.support.waiting import eventually


@pytest.fixture
def kafka(tmp_path: Path) -> Iterator[ApacheBroker]:
    broker = ApacheBroker(tmp_path / "kafka")
    broker.start()
    yield broker
    broker.stop()


def publisher(cluster: Cluster, **settings: str) -> Process:
    environment = {**cluster.schedulers[0].environment, **settings}
    return Process("publisher", command_lines.manage("publish_events"), environment, cluster.directory)


def wait_for_more(rng: random.Random) -> None:
    """Go on when some more has happened than until now, or when all is over."""
    wanted = Event.objects.count() + rng.randint(1, 300)
    still_open = Workflow.objects.exclude(state__in=WORKFLOW_ENDED)
    eventually(lambda: Event.objects.count() >= wanted or not still_open.exists(), PATIENCE)


@needs_apache
@seeds
def test_kafka_is_killed_twice_and_comes_back(
    run: Run, ledger: Ledger, ann: User, kafka: ApacheBroker, seed: int
) -> None:
    rng = random.Random(seed)
    bus = KafkaBus(kafka.connection)
    bus.set_up(our_topics())
    with run() as cluster:
        publishing = publisher(cluster, KAFKA_BOOTSTRAP_SERVERS=kafka.connection["bootstrap_servers"][0])
        publishing.start()
        load = Load(ledger, ann)
        for _ in range(2):
            load.start(WORKFLOWS // 2)
            load.wait_for_some(rng)
            kafka.kafka.kill()
            wait_for_more(rng)
            kafka.start()
        finish(cluster, ledger, load, publishing, bus)


@seeds
def test_redis_is_killed_and_comes_back(run: Run, ledger: Ledger, ann: User, seed: int) -> None:
    rng = random.Random(seed)
    with run() as cluster:
        publishing = publisher(cluster)
        publishing.start()
        load = Load(ledger, ann)
        load.start()
        load.wait_for_some(rng)
        cluster.restart_redis()
        finish(cluster, ledger, load, publishing, RedisStreams(cluster.redis.url, max_length=1_000_000))


def finish(cluster: Cluster, ledger: Ledger, load: Load, publishing: Process, bus: Any) -> None:
    """All workflows end as they should, and all that happened is told."""
    try:
        verdict.all_end()
        arrivals.all_marked()
        arrivals.right(bus)
        verdict.right(cluster, ledger, load.started)
        assert publishing.terminate() == 0
        assert "Traceback" not in publishing.log()
    except BaseException as error:
        error.add_note(publishing.tail())
        raise
    finally:
        publishing.kill()
        bus.close()
