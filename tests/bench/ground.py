"""The ground that all measurements share: a scratch directory, one Redis server, a migrated database."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import django
from django.core.management import call_command

from tests.support.servers import RedisServer

# The product runs as shipped, whatever the shell has set: on SQLite, with the settings' defaults.
OVERRIDES = ("DATABASE_URL", "JOB_QUEUE_URL", "LEASE_SECONDS", "EXECUTOR_SLOTS", "EXECUTOR_POOL", "STATE_TTL_SECONDS")


@dataclass(frozen=True, slots=True)
class Ground:
    directory: Path
    redis: RedisServer


@contextmanager
def prepared() -> Iterator[Ground]:
    """Starts Redis, sets up Django in this process and migrates; takes everything away afterwards."""
    with tempfile.TemporaryDirectory(prefix="baseshift-bench-") as scratch:
        directory = Path(scratch)
        redis = RedisServer(directory / "redis")
        redis.start()
        try:
            _set_up(directory, redis)
            yield Ground(directory, redis)
        finally:
            redis.stop()


def _set_up(directory: Path, redis: RedisServer) -> None:
    for name in OVERRIDES:
        os.environ.pop(name, None)
    os.environ.update(
        VAR_DIR=str(directory),
        REDIS_URL=redis.url,
        DJANGO_SETTINGS_MODULE="tests.bench.settings",
        # Lines of a log are not what is measured.
        LOG_LEVEL="WARNING",
    )
    django.setup()
    call_command("migrate", verbosity=0)
