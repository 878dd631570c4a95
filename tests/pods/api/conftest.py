"""Ann may make pools and has one; Bob has nothing to do with it."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache

from apps.core.models import User
from apps.pods.models import PodPool
from apps.pods.services import pools
from tests.support.people import publish
from tests.support.servers import RedisServer


@pytest.fixture
def ann(db: None, redis_server: RedisServer) -> Iterator[User]:
    user = User.objects.create_user("ann")
    user.user_permissions.add(Permission.objects.get(codename="add_podpool"))
    publish(user)
    yield User.objects.get(pk=user.pk)
    cache.clear()


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob")


@pytest.fixture
def pool(ann: User) -> PodPool:
    return pools.create(ann, fields={"name": "gpu", "maximum": 5})
