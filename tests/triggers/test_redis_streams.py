"""Consumers on Redis Streams: several at once, a stream that is none, Redis away, a consumer that has died."""

import threading
from collections.abc import Iterator
from functools import partial

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from apps.core.models import User
from apps.events.bus import redis_streams
from apps.events.bus.redis_streams import RedisStreams
from apps.workflows.models import TriggerStart, TriggerTopic, Workflow
from apps.workflows.triggers.consumer import Consumer
from tests.support.people import publish
from tests.support.servers import RedisServer
from tests.support.threads import in_thread
from tests.support.triggers import cloudevent, make, plain, send
from tests.support.waiting import eventually

PATIENCE = 60.0


@pytest.fixture(autouse=True)
def time_to_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Redis that is there may be slow on a busy machine."""
    monkeypatch.setattr(redis_streams, "TIMEOUT_SECONDS", PATIENCE)


@pytest.fixture
def ann(transactional_db: None, redis_server: RedisServer) -> Iterator[User]:
    user = User.objects.create_user("ann")
    user.user_permissions.add(Permission.objects.get(codename="add_trigger"))
    publish(user)
    yield User.objects.get(pk=user.pk)
    cache.clear()


@pytest.fixture
def redis_bus(redis_server: RedisServer) -> Iterator[RedisStreams]:
    bus = RedisStreams(redis_server.url, max_length=10_000)
    yield bus
    bus.close()


def consuming(bus: RedisStreams, stop: threading.Event) -> None:
    consumer = Consumer(bus, stop)
    while not stop.is_set():
        stop.wait(consumer.tick(timezone.now()).pause)
    consumer.close()


def test_consumers_that_come_and_go_start_one_workflow_an_event(ann: User, redis_server: RedisServer) -> None:
    make(ann)
    buses = [RedisStreams(redis_server.url, max_length=10_000) for _ in range(3)]
    stops = [threading.Event() for _ in buses]
    threads = [in_thread(partial(consuming, bus, stop)) for bus, stop in zip(buses, stops, strict=True)]
    for round_, stop in enumerate(stops):
        batch = [cloudevent(number) for number in range(round_ * 20, round_ * 20 + 20)]
        send(buses[0], *batch, *batch, plain(b"{}"))
        eventually(partial(started_more_than, round_ * 20), PATIENCE)
        # The last one does what is left.
        if stop is not stops[-1]:
            stop.set()
    eventually(partial(started_more_than, 62), PATIENCE)
    stops[-1].set()
    for thread, bus in zip(threads, buses, strict=True):
        thread.join()
        bus.close()
    assert Workflow.objects.count() == TriggerStart.objects.count() == 63


def started_more_than(count: int) -> bool:
    return Workflow.objects.count() > count


def test_an_event_of_a_stranger_needs_nothing_but_a_stream(
    ann: User, redis_server: RedisServer, redis_bus: RedisStreams
) -> None:
    make(ann, input={"amount": "${event.data.amount}"})
    with redis_server.client() as client:
        client.xadd("shop.orders", {"data": '{"amount": 7}'})
    consumer = Consumer(redis_bus, threading.Event())
    eventually(lambda: consumer.tick(timezone.now()).started == 1, PATIENCE)
    assert Workflow.objects.get().input == {"amount": 7}


def test_what_has_the_name_of_a_topic_and_is_none_holds_up_no_other(
    ann: User, redis_server: RedisServer, redis_bus: RedisStreams
) -> None:
    make(ann)
    make(ann, "bad", topic="not.a.stream")
    with redis_server.client() as client:
        client.set("not.a.stream", "a text")
    send(redis_bus, cloudevent(1))
    consumer = Consumer(redis_bus, threading.Event())
    eventually(lambda: consumer.tick(timezone.now()).started == 1, PATIENCE)
    assert "WRONGTYPE" in TriggerTopic.objects.get(topic="not.a.stream").fault


def test_while_redis_is_away_nothing_is_lost(ann: User, redis_server: RedisServer, redis_bus: RedisStreams) -> None:
    make(ann)
    consumer = Consumer(redis_bus, threading.Event())
    consumer.tick(timezone.now())
    send(redis_bus, cloudevent(1))
    redis_server.kill()
    assert consumer.tick(timezone.now()).pause > 0
    redis_server.start()
    eventually(lambda: consumer.tick(timezone.now()).started == 1, PATIENCE)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="a connection to SQLite cannot be cut")
def test_while_the_database_is_away_nothing_is_lost(ann: User, redis_bus: RedisStreams) -> None:
    make(ann)
    consumer = Consumer(redis_bus, threading.Event())
    consumer.tick(timezone.now())
    send(redis_bus, cloudevent(1))
    cut_off()
    assert consumer.tick(timezone.now()).pause > 0
    eventually(lambda: consumer.tick(timezone.now()).started == 1, PATIENCE)


def cut_off() -> None:
    """End this thread's connection to the database from outside."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone()
    cutter = in_thread(lambda: connection.cursor().execute("SELECT pg_terminate_backend(%s)", [pid]))
    cutter.join()
