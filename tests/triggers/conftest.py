"""Ann has a template and may make triggers; Bob has nothing to do with either."""

import threading
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache

from apps.core.models import User
from apps.events.bus.memory import MemoryBus
from apps.workflows.triggers.consumer import Consumer
from tests.parts import RedisServer
from tests.people import publish


def maker(name: str) -> User:
    """Somebody who may make triggers."""
    user = User.objects.create_user(name)
    user.user_permissions.add(Permission.objects.get(codename="add_trigger"))
    return User.objects.get(pk=user.pk)


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
