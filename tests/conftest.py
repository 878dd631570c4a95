"""Real parts for the whole session: a Redis server of our own, and a database.

``BASESHIFT_TEST_DATABASE`` says which: ``sqlite``, or ``postgres``, which is the server of ``DATABASE_URL``, else one
from a wheel; then only those tests run that use the database. Unset: ``DATABASE_URL``, else SQLite.
"""

import atexit
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from django.apps import apps
from django.db.models.signals import post_migrate

from tests.parts import PostgresServer, RedisServer, new_database

# What a test asks for that uses the database.
DATABASE_FIXTURES = {"db", "transactional_db", "own_database"}

_scratch = tempfile.TemporaryDirectory(prefix="baseshift-tests-")
# Before Django reads its settings: each test process has its own directory and its own Redis.
os.environ["VAR_DIR"] = _scratch.name
_redis = RedisServer(Path(_scratch.name))
_redis.start()
# Also when the session ends before it has begun, by an error in another conftest.
atexit.register(_redis.stop)
os.environ["REDIS_URL"] = _redis.url
_database = os.environ.get("BASESHIFT_TEST_DATABASE", "")
if _database == "sqlite":
    os.environ["DATABASE_URL"] = ""
elif _database == "postgres" and not os.environ.get("DATABASE_URL"):
    # Processes that share the suite inherit the URL, and with it the server.
    _postgres = PostgresServer(Path(_scratch.name))
    atexit.register(_postgres.stop)
    os.environ["DATABASE_URL"] = _postgres.url
os.environ["DJANGO_SETTINGS_MODULE"] = "baseshift.settings.test"
# The conftest modules below this one import models.
django.setup()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Processes that share the suite read their settings when they come here, too, not ours when they start."""
    del os.environ["DJANGO_SETTINGS_MODULE"]


def _restore_first_shard(**_: object) -> None:
    """Tests with real transactions empty the database behind them, and so take away what a migration made."""
    apps.get_model("workflows", "Shard").objects.get_or_create(pk=0)


post_migrate.connect(_restore_first_shard, sender=apps.get_app_config("workflows"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL, leave out what has been shown on SQLite and does not depend on the database."""
    if _database == "postgres":
        others = [item for item in items if not _uses_database(item)]
        items[:] = [item for item in items if _uses_database(item)]
        config.hook.pytest_deselected(items=others)


def _uses_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(fixtures & DATABASE_FIXTURES) or item.get_closest_marker("django_db") is not None


@pytest.fixture(scope="module")
def own_database(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> str:
    """A ``DATABASE_URL`` for processes of a module's own: of an empty database, like that of the session."""
    server = os.environ.get("DATABASE_URL")
    if not server:
        return f"sqlite:///{tmp_path_factory.mktemp('database') / 'processes.sqlite3'}"
    return new_database(server, f"baseshift_processes_{worker_id}")


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """The session's Redis, empty."""
    _redis.flush()
    yield _redis
    _redis.flush()
