"""Ann has a template and may make triggers; Bob has nothing to do with either."""

import threading
from collections.abc import Iterator

import pytest
from django.core.cache import cache

from apps.core.models import User
from apps.events.bus.memory import MemoryBus
from apps.workflows.triggers.consumer import Consumer
from tests.support.people import publish
from tests.support.servers import RedisServer
from tests.support.triggers import maker


@pytest.fixture
def ann(db: None, redis_server: RedisServer) -> Iterator[User]:
    user = maker("ann")
    publish(user)
    yield user
    cache.clear()


@pytest.fixture
def bob(db: None) -> User:
    return maker("bob")


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus()


@pytest.fixture
def consumer(bus: MemoryBus) -> Iterator[Consumer]:
    consumer = Consumer(bus, threading.Event())
    yield consumer
    consumer.close()
