"""The engine's connection to Redis: no automatic retries, and it knows which run of Redis it talks to.

A client that reconnects by itself could repeat a command, or go on against a Redis that came back
without its last second. So each new connection asks for the server's run id, and one that differs
from the run this client was opened on raises :class:`RunChanged`; the caller then decides.
"""

import functools
import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import redis

from apps.core.redis_clients import single_try_client
from apps.workflows.live import keys

LUA = Path(__file__).parent / "lua"


class RunChanged(redis.ConnectionError):
    """Redis was restarted since this client was opened."""


class Closed(Exception):
    """No leader has opened this run of Redis yet, or another generation is open now."""


class _Run:
    """The run id that one client's connections must agree on."""

    def __init__(self) -> None:
        self.id: str | None = None

    def check(self, connection: Any) -> None:
        connection.on_connect()
        connection.send_command("INFO", "server")
        run_id = _run_id(connection.read_response())
        if self.id is None:
            self.id = run_id
        elif self.id != run_id:
            raise RunChanged("Redis was restarted")


def as_text(value: bytes | str | None) -> str:
    """Return a reply as text; redis-py's types allow both, its wire gives bytes."""
    return value.decode() if isinstance(value, bytes) else value or ""


def generation_of(mark: str) -> int:
    """Return the generation in an open mark ``<run id>:<generation>``."""
    return int(mark.rpartition(":")[2])


def _run_id(info: bytes | str) -> str:
    lines = as_text(info).splitlines()
    return next(line.partition(":")[2].strip() for line in lines if line.startswith("run_id:"))


@functools.cache
def source(name: str) -> str:
    """Return a script as Redis gets it, with what all of them share."""
    return "\n".join((LUA / f"{part}.lua").read_text(encoding="utf-8") for part in ("prelude", name))


@functools.cache
def _script(name: str) -> tuple[str, str]:
    text = source(name)
    # The name that Redis gives a script.
    return text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class LiveRedis:
    """Scripts and commands against one run of Redis. Safe to share between threads.

    Raises ``redis.RedisError`` as it comes: repeating is the caller's decision.
    """

    def __init__(self, url: str, *, timeout: float = 5.0) -> None:
        self._run = _Run()
        self.redis = single_try_client(url, timeout=timeout, redis_connect_func=self._run.check)
        self._own = threading.local()
        # Connections made before this was raised are dropped by the threads that own them.
        self._forgotten = 0
        self._joining = threading.Lock()
        self.opened = ""

    @property
    def run_id(self) -> str:
        """Return the run of Redis that the connections agree on; connect if there is none yet."""
        if self._run.id is None:
            self.redis.ping()
        return self._run.id or ""

    def join(self) -> None:
        """Learn the current run and generation. Raises :class:`Closed` if no leader has opened them."""
        self.forget()
        run_id = self.run_id
        opened = as_text(self.redis.get(keys.open_mark()))
        if not opened.startswith(f"{run_id}:"):
            raise Closed
        self.opened = opened

    def rejoin(self, mark: str) -> None:
        """Join once for all threads that found the open mark ``mark`` to be wrong or out of reach."""
        with self._joining:
            if self.opened == mark or not self.opened:
                self.join()

    def forget(self) -> None:
        """Drop the idle connections, so that the next command meets whatever run is there now.

        Those in use belong to other threads, which find out by themselves.
        """
        self.redis.connection_pool.disconnect(inuse_connections=False)
        self._forgotten += 1
        self._run.id = None
        self.opened = ""

    def script(self, name: str, arguments: Sequence[bytes | str | int | float]) -> Any:
        """Run ``lua/<name>.lua`` with the open mark as its first argument.

        Raises :class:`Closed` when the script finds another mark: nothing was changed then.
        """
        text, digest = _script(name)
        try:
            answer = self._execute("EVALSHA", digest, 0, self.opened, *arguments)
        except redis.exceptions.NoScriptError:
            answer = self._execute("EVAL", text, 0, self.opened, *arguments)
        if answer == b"closed":
            raise Closed
        return answer

    def _execute(self, *command: bytes | str | int | float) -> Any:
        """Run one command on the thread's own connection: a pool's bookkeeping would cost as much as the command."""
        connection = self._connection()
        try:
            connection.send_command(*command, check_health=False)
            return connection.read_response()
        except redis.ResponseError:
            raise
        except BaseException:
            # An answer may still be under way: it must not be taken for the next one's.
            connection.disconnect()
            raise

    def _connection(self) -> Any:
        if not hasattr(self._own, "connection"):
            # Not by the pool's make_connection: it counts what it has ever made, and after a hundred makes no more.
            pool = self.redis.connection_pool
            self._own.connection = pool.connection_class(**pool.connection_kwargs)
        elif self._own.made != self._forgotten:
            self._own.connection.disconnect()
        self._own.made = self._forgotten
        return self._own.connection

    def close(self) -> None:
        """Close this thread's connection and those of the pool."""
        if hasattr(self._own, "connection"):
            self._own.connection.disconnect()
        self.redis.close()
        self.redis.connection_pool.disconnect()
