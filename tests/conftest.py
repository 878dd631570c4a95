"""Real parts for the whole session: a Redis server of our own, and SQLite or the database of ``DATABASE_URL``."""

import atexit
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import pytest

from tests.parts import RedisServer

_scratch = tempfile.TemporaryDirectory(prefix="baseshift-tests-")
# Before Django reads its settings: each test process has its own directory and its own Redis.
os.environ["VAR_DIR"] = _scratch.name
_redis = RedisServer(Path(_scratch.name))
_redis.start()
# Also when the session ends before it has begun, by an error in another conftest.
atexit.register(_redis.stop)
os.environ["REDIS_URL"] = _redis.url
os.environ["DJANGO_SETTINGS_MODULE"] = "baseshift.settings.test"
# The conftest modules below this one import models.
django.setup()


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """The session's Redis, empty."""
    _redis.flush()
    yield _redis
    _redis.flush()
