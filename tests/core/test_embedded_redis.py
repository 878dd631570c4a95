"""The port of the stack's own Redis."""

import errno
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from apps.stack.embedded_redis import HOST, EmbeddedRedis

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the port is not kept")


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Of one whose server is not there yet, or no more."""
    server = EmbeddedRedis(tmp_path)
    yield urlsplit(server.url).port or 0
    server.close()


def test_nobody_else_gets_it_while_the_server_is_down(port: int):
    with socket.socket() as other, pytest.raises(OSError, match="in use") as refused:
        other.bind((HOST, port))
    assert refused.value.errno == errno.EADDRINUSE


def test_a_server_gets_it(port: int):
    with socket.create_server((HOST, port)) as server:
        assert server.getsockname() == (HOST, port)
