"""kill -9 of ``consume_events`` at random moments: one event starts one workflow, whatever is delivered again."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission

from apps.core.models import User
from apps.events.bus.redis_streams import RedisStreams
from apps.stack import command_lines
from apps.workflows.models import Shard, TriggerStart, Workflow
from apps.workflows.services import triggers
from tests.chaos.seeds import KILLS, seeds
from tests.support.cluster import PATIENCE, database_url
from tests.support.people import publish
from tests.support.process import Process
from tests.support.servers import RedisServer
from tests.support.triggers import cloudevent, definition, plain, send
from tests.support.waiting import eventually, pass_by

EVENTS_A_KILL = 10


class Consumers:
    """Processes that consume, and the bus that they consume from."""

    def __init__(self, directory: Path, redis_server: RedisServer) -> None:
        self._redis = redis_server
        self.bus = RedisStreams(redis_server.url, max_length=100_000)
        environment = {
            "DJANGO_SETTINGS_MODULE": "baseshift.settings.dev",
            "DATABASE_URL": database_url(),
            "REDIS_URL": redis_server.url,
            "VAR_DIR": str(directory),
        }
        self.processes = [
            Process(f"consumer-{number}", command_lines.manage("consume_events"), environment, directory)
            for number in (1, 2)
        ]

    def kill(self, process: Process) -> None:
        process.kill()
        # The lease of the dead ends by itself after some seconds: let it end now.
        with self._redis.client() as client:
            client.delete(*client.keys("bus:*"), "nothing")


@contextmanager
def consuming(directory: Path, redis_server: RedisServer) -> Iterator[Consumers]:
    consumers = Consumers(directory, redis_server)
    try:
        yield consumers
    except BaseException as error:
        for process in consumers.processes:
            error.add_note(process.tail())
        raise
    finally:
        for process in consumers.processes:
            process.kill()
        consumers.bus.close()


@pytest.fixture
def owner(ann: User, redis_server: RedisServer) -> User:
    """Has a trigger."""
    Shard.objects.get_or_create(pk=0)
    ann.user_permissions.add(Permission.objects.get(codename="add_trigger"))
    publish(ann)
    owner = User.objects.get(pk=ann.pk)
    triggers.create(owner, definition=definition())
    return owner


def started(count: int) -> Callable[[], bool]:
    return lambda: Workflow.objects.count() >= count


@seeds
def test_consumers_are_killed_at_any_moment(owner: User, tmp_path: Path, redis_server: RedisServer, seed: int) -> None:
    total = KILLS * EVENTS_A_KILL + 1
    with consuming(tmp_path, redis_server) as consumers:
        last = kill_again_and_again(consumers, random.Random(seed))
        # It may not have been up yet when all was done.
        send(consumers.bus, cloudevent(total))
        eventually(started(total), PATIENCE)
        assert last.terminate() == 0
    assert Workflow.objects.count() == TriggerStart.objects.count() == total


def kill_again_and_again(consumers: Consumers, rng: random.Random) -> Process:
    """The consumer that is left."""
    first, second = consumers.processes
    first.start()
    for kill in range(KILLS):
        numbers = range(kill * EVENTS_A_KILL, (kill + 1) * EVENTS_A_KILL)
        # Foreign messages have no id; those that have one come twice.
        send(consumers.bus, *(plain(b'{"amount": 1}') if n % 3 == 0 else cloudevent(n) for n in numbers))
        send(consumers.bus, *(cloudevent(n) for n in numbers if n % 3))
        eventually(started(kill * EVENTS_A_KILL + rng.randrange(EVENTS_A_KILL)), PATIENCE)
        pass_by(rng.random() / 20)
        second.start()
        consumers.kill(first)
        first, second = second, first
    return first
