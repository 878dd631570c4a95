"""A whole Base Shift of real processes around one test's database: Redis, schedulers, executors."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import redis
from django.db import connection

from apps.stack import command_lines
from apps.workflows.live import keys
from apps.workflows.models import Shard
from tests.support import bad_job_types
from tests.support.process import Process
from tests.support.servers import RedisServer
from tests.support.waiting import eventually

LEASE_SECONDS = 1.0
# For tests that count attempts: nothing is lost by itself, however busy the machine is. The end of the second can be
# waited for.
LONG_LEASE_SECONDS, LASTING_LEASE_SECONDS = 60.0, 16.0
SLOTS = 4
# Other processes of the machine are busy, too: a process may take long to come up.
PATIENCE = 180.0


class Cluster:
    """Its parts run from :meth:`start` on. ``directory`` takes their data and logs.

    ``database`` is the ``DATABASE_URL`` of another than the test's own.
    """

    def __init__(
        self,
        directory: Path,
        *,
        schedulers: int = 1,
        executors: int = 2,
        publishers: int = 0,
        slots: int = SLOTS,
        lease: float = LEASE_SECONDS,
        database: str = "",
    ) -> None:
        self.directory = directory
        self.database = database or database_url()
        self.slots = slots
        self.lease = lease
        self.redis = RedisServer(directory / "redis")
        self._plugins = directory / "plugins"
        self._plugins.mkdir()
        bad_job_types.install(self._plugins)
        self.schedulers = [self._loop("scheduler", "run_scheduler", number) for number in range(1, schedulers + 1)]
        self.executors = [self._executor(number) for number in range(1, executors + 1)]
        self.publishers = [self._loop("publisher", "publish_events", number) for number in range(1, publishers + 1)]

    @property
    def processes(self) -> list[Process]:
        return [*self.schedulers, *self.executors, *self.publishers]

    def start(self) -> None:
        for process in self.processes:
            process.start()

    def kill(self) -> None:
        """kill -9 of all that the product runs; Redis stays."""
        for process in self.processes:
            process.kill()

    # -- Redis ----------------------------------------------------------------------------------

    def restart_redis(self, *, empty: bool = False, without_last: int = 0) -> None:
        """Kill Redis and start it again, with what its append-only file has, or with nothing.

        ``without_last``: so many bytes of the file had not reached the disk when the power failed.
        """
        if self.redis.process is not None:
            self.redis.kill()
        if empty:
            shutil.rmtree(self.redis.directory)
        if without_last:
            newest = max(self.redis.directory.rglob("*.aof"), key=lambda path: path.stat().st_mtime)
            os.truncate(newest, max(0, newest.stat().st_size - without_last))
        self.redis.start()

    def pause_redis(self) -> None:
        """It answers nobody, and goes on later as if nothing had been."""
        self._signal_redis(signal.SIGSTOP)

    def resume_redis(self) -> None:
        self._signal_redis(signal.SIGCONT)

    def _signal_redis(self, number: int) -> None:
        assert self.redis.process is not None
        self.redis.process.send_signal(number)

    def keys(self, pattern: str) -> list[str]:
        with self.redis.client() as client:
            return sorted(name.decode() for name in client.scan_iter(match=pattern, count=1000))

    # -- readiness ------------------------------------------------------------------------------

    def wait_until_open(self) -> None:
        """A scheduler leads and has opened the present run of Redis."""
        eventually(lambda: self._all_run() and self._is_open(), PATIENCE)

    def wait_for_executors(self) -> None:
        """Each executor beats its heart."""
        names = [keys.executor(process.name) for process in self.executors]
        eventually(lambda: self._all_run() and set(names) <= set(self.keys(keys.executor("*"))), PATIENCE)

    def leader(self) -> Process:
        """The scheduler that leads; its name in SQL has its process' id."""
        return self.process_of(Shard.objects.get(pk=keys.SHARD))

    def process_of(self, shard: Shard) -> Process:
        pid = int(shard.leader.split(":")[1]) if shard.leader else 0
        found = [process for process in self.schedulers if process.runs and process.pid == pid]
        assert found, f"{shard.leader!r} leads, which is none of ours that run"
        return found[0]

    def _all_run(self) -> bool:
        ended = [process.name for process in self.processes if not process.runs]
        assert not ended, f"{ended} ended"
        return True

    def _is_open(self) -> bool:
        try:
            with self.redis.client() as client:
                mark = client.get(keys.open_mark())
                run_id = client.info("server")["run_id"]
        except redis.RedisError:
            return False
        return mark is not None and mark.decode().startswith(f"{run_id}:")

    # -- command lines --------------------------------------------------------------------------

    def _loop(self, name: str, command: str, number: int) -> Process:
        return Process(f"{name}-{number}", command_lines.manage(command), self._environment(), self.directory)

    def _executor(self, number: int) -> Process:
        child = command_lines.executor(f"executor-{number}", {}, "INFO")
        environment = {**self._environment(), **child.environment, "EXECUTOR_SLOTS": str(self.slots)}
        return Process(child.name, child.command, environment, self.directory)

    def _environment(self) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "baseshift.settings.dev",
            "DATABASE_URL": self.database,
            "REDIS_URL": self.redis.url,
            "VAR_DIR": str(self.directory),
            "LEASE_SECONDS": f"{self.lease:g}",
            "EGRESS_ALLOW": "127.0.0.1",
            "PYTHONPATH": str(self._plugins),
        }


@contextmanager
def running(directory: Path, **options: Any) -> Iterator[Cluster]:
    """A cluster that has opened its Redis; whatever is left of it at the end is killed."""
    cluster = Cluster(directory, **options)
    cluster.redis.start()
    try:
        cluster.start()
        cluster.wait_until_open()
        cluster.wait_for_executors()
        yield cluster
    except BaseException as error:
        for process in cluster.processes:
            error.add_note(process.tail())
        raise
    finally:
        cluster.kill()
        if cluster.redis.process is not None:
            cluster.redis.kill()


def database_url() -> str:
    """The test's own database, as its processes reach it."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))
