"""The web side's connection to Redis, when that is not as it should be."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.workflows.live import keys, web
from apps.workflows.live.client import LiveRedis
from tests.support.servers import RedisServer


@pytest.fixture
def new_connection() -> Iterator[None]:
    web.connection.cache_clear()
    yield
    web.connection().close()
    web.connection.cache_clear()


@pytest.fixture
def server(tmp_path: Path, settings: Any, new_connection: None) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path / "redis")
    start(server)
    settings.REDIS_URL = server.url
    yield server
    server.stop()


def start(server: RedisServer) -> None:
    """It is opened as by a leader."""
    server.start()
    with server.client() as client:
        client.set(keys.open_mark(), f"{client.info('server')['run_id']}:1")


class Asked:
    """How often Redis was asked."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, live: LiveRedis) -> bool:
        self.times += 1
        return bool(live.redis.ping())


def test_a_redis_that_was_started_anew_is_asked_again(server: RedisServer):
    assert web.attempt(Asked())
    server.stop()
    start(server)
    asked = Asked()
    assert web.attempt(asked)
    assert asked.times == 2


def test_a_redis_that_hangs_is_waited_for_once(settings: Any, new_connection: None):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        assert web.attempt(Asked()) is None
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()


def test_a_redis_that_is_away_is_no_error(server: RedisServer):
    assert web.attempt(Asked())
    server.stop()
    assert web.attempt(Asked()) is None
