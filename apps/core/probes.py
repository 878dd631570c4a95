"""Probes of settings and stores: whether they can be used and are as needed, and whether their clocks agree."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import redis
from django.conf import settings
from django.core.checks import run_checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from apps.core.doctor import Finding, Probe
from apps.core.redis_clients import single_try_client

TIMEOUT_SECONDS = 3
MIN_REDIS_VERSION = (6, 2)
MAX_CLOCK_SKEW = timedelta(seconds=1)


def redis_client() -> "redis.Redis":
    """Return a client that tries once, and not for long."""
    return single_try_client(settings.REDIS_URL, timeout=TIMEOUT_SECONDS, decode_responses=True)


def configuration() -> Iterator[Finding]:
    """Report settings with which every other command refuses to start. Reports nothing if there are none."""
    for message in run_checks():
        if message.is_serious():
            yield Finding("settings", message.msg, message.hint or "fix it: no other process starts with it")


def database() -> Iterator[Finding]:
    """Report whether the database answers, and has all migrations."""
    try:
        connection.ensure_connection()
        version = ".".join(map(str, connection.get_database_version()))
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        remedy = "start the database, or fix DATABASE_URL (unset: SQLite in var/)"
        yield Finding("database", f"cannot be used: {_first_line(error)}", remedy)
        return
    yield Finding("database", f"{connection.display_name} {version} answers")
    remedy = "run 'manage.py migrate' (run_stack does it by itself)" if missing else ""
    yield Finding("migrations", f"{len(missing)} are not applied" if missing else "all are applied", remedy)


def live_store() -> Iterator[Finding]:
    """Report whether Redis answers, is new enough, and keeps what it is given."""
    try:
        with redis_client() as client:
            server = client.info("server")
            policy = _config(client, "maxmemory-policy")
            append_only = client.info("persistence")["aof_enabled"]
    except redis.RedisError as error:
        remedy = "start run_stack, which brings a Redis, or set REDIS_URL to a server that answers"
        yield Finding("redis", f"cannot be used: {_first_line(error)}", remedy)
        return
    version = server["redis_version"]
    old = tuple(map(int, version.split(".")[:2])) < MIN_REDIS_VERSION
    yield Finding("redis", f"Redis {version} answers", "use Redis 6.2 or newer" if old else "")
    if policy is not None:
        evicts = policy != "noeviction"
        yield Finding(
            "redis", f"maxmemory-policy is {policy}", "set it to noeviction: jobs must not vanish" if evicts else ""
        )
    remedy = "" if append_only else "set appendonly to yes: a restart makes jobs run again that had ended"
    yield Finding("redis", f"the append-only file is {'on' if append_only else 'off'}", remedy)


def clocks() -> Iterator[Finding]:
    """Report clocks that differ: leases are by the stores' clocks, entries by ours."""
    # SQLite has no clock but ours.
    others = [("Redis", _redis_time)] + ([] if connection.vendor == "sqlite" else [("the database", _database_time)])
    for name, read in others:
        try:
            skew = read() - timezone.now()
        except (DatabaseError, redis.RedisError):
            # That it is unavailable is reported above.
            continue
        seen = f"that of {name} differs by {abs(skew).total_seconds():.1f} s"
        yield Finding("clocks", seen, "set the machines' clocks by NTP" if abs(skew) > MAX_CLOCK_SKEW else "")


def _config(client: "redis.Redis", name: str) -> Any:
    """Return a setting of the server; None where a hosted one does not say."""
    try:
        return client.config_get(name)[name]
    except (redis.ResponseError, KeyError):
        return None


def _database_time() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT CURRENT_TIMESTAMP")
        value: datetime = cursor.fetchone()[0]
    return value


def _redis_time() -> datetime:
    with redis_client() as client:
        seconds, microseconds = client.time()
    return datetime.fromtimestamp(seconds + microseconds / 1_000_000, UTC)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


PROBES: list[Probe] = [configuration, database, live_store, clocks]
