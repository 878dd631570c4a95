"""Ann may make templates and pools and has made a template; Bob has nothing to do with it."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache

from apps.core.models import User
from tests.support.people import publish
from tests.support.servers import RedisServer


@pytest.fixture(autouse=True)
def empty_redis(redis_server: RedisServer, patient_answers: None) -> Iterator[None]:
    yield
    cache.clear()


@pytest.fixture
def ann(db: None) -> User:
    user = User.objects.create_user("ann")
    user.user_permissions.set(Permission.objects.filter(codename__in=("add_jobtemplate", "add_podpool")))
    publish(user)
    return user


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob")
