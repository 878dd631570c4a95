"""Real parts for the whole session: a Redis server of our own, and SQLite or the database of ``DATABASE_URL``."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts import RedisServer

_scratch = tempfile.TemporaryDirectory(prefix="baseshift-tests-")
# Before Django reads its settings: each test process has its own directory and its own Redis.
os.environ["VAR_DIR"] = _scratch.name
_redis = RedisServer(Path(_scratch.name))
_redis.start()
os.environ["REDIS_URL"] = _redis.url


def pytest_unconfigure() -> None:
    _redis.stop()
    _scratch.cleanup()


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """The session's Redis, empty."""
    _redis.flush()
    yield _redis
    _redis.flush()
