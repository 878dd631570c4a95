"""Services against a real leader: a scheduler that ticks in a thread of the test's process."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.cache import cache

from apps.core.models import User
from apps.workflows.live import keys
from apps.workflows.live.client import LiveRedis
from apps.workflows.models import Shard
from apps.workflows.scheduler import checkpoint, leadership
from apps.workflows.scheduler.loop import Scheduler
from tests.support.people import let_report, publish
from tests.support.servers import RedisServer
from tests.support.threads import in_thread
from tests.support.waiting import PATIENCE_SECONDS


@pytest.fixture
def stores(transactional_db: None, redis_server: RedisServer) -> Iterator[RedisServer]:
    """Committed transactions, an empty Redis, and the shard, which emptying the database took away."""
    Shard.objects.get_or_create(pk=keys.SHARD)
    yield redis_server
    cache.clear()


@pytest.fixture
def ann(stores: RedisServer) -> User:
    user = let_report(User.objects.create_user("ann"))
    publish(user)
    return user


@pytest.fixture
def leader(stores: RedisServer, patient_answers: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scheduler]:
    """A scheduler that leads and has opened Redis. It goes on leading, however long the machine holds it up."""
    for module in (checkpoint, leadership):
        monkeypatch.setattr(module, "LEADER_LEASE", timedelta(seconds=PATIENCE_SECONDS))
    live = LiveRedis(settings.REDIS_URL)
    scheduler = Scheduler("test", live, lease_seconds=settings.LEASE_SECONDS, state_ttl=60)
    stop, opened = threading.Event(), threading.Event()
    thread = in_thread(lambda: lead(scheduler, stop, opened))
    assert opened.wait(PATIENCE_SECONDS)
    yield scheduler
    stop.set()
    thread.join()
    live.close()


def lead(scheduler: Scheduler, stop: threading.Event, opened: threading.Event) -> None:
    while not stop.is_set():
        if scheduler.tick().is_open:
            opened.set()
    scheduler.resign()
