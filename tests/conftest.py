"""Real parts for the whole session: a Redis server of our own, and a database.

``BASESHIFT_TEST_DATABASE`` says which: ``sqlite``, or ``postgres``, which is the server of ``DATABASE_URL``, else one
from a wheel; ``mongodb`` is SQLite with the templates in MongoDB. On these two only those tests run that use the database,
without those that ``tests/support/databases.py`` leaves out. Unset: ``DATABASE_URL``, else SQLite.
"""

import atexit
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
import pytest
from django.apps import apps
from django.db import connections
from django.db.models.signals import post_migrate
from hypothesis import HealthCheck, settings
from pytest_django.plugin import DjangoDbBlocker

from tests.support import databases
from tests.support.scheduling import Scheduling
from tests.support.servers import MongoServer, PostgresServer, RedisServer, kept_port, new_database
from tests.support.waiting import PATIENCE_SECONDS

if TYPE_CHECKING:
    from django.test import Client

    from apps.core.models import User

# The same examples in each run, however long a busy machine takes for one.
settings.register_profile("ours", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ours")

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
if _database in ("sqlite", "mongodb"):
    os.environ["DATABASE_URL"] = ""
if _database == "mongodb":
    _mongodb = MongoServer(Path(_scratch.name))
    _mongodb.start()
    atexit.register(_mongodb.stop)
    os.environ["MONGODB_URL"] = _mongodb.url
if _database == "postgres" and not os.environ.get("DATABASE_URL"):
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


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    return Scheduling(config, log)


def _restore_first_shard(**_: object) -> None:
    """Tests with real transactions empty the database behind them, and so take away what a migration made."""
    apps.get_model("workflows", "Shard").objects.get_or_create(pk=0)


post_migrate.connect(_restore_first_shard, sender=apps.get_app_config("workflows"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL and MongoDB, leave out what has been shown on SQLite and does not depend on the database."""
    grouped = [item.nodeid for item in items if item.get_closest_marker("xdist_group")]
    assert grouped == [], "this mark groups nothing: tests/support/scheduling.py says which files stay together"
    if _database not in ("postgres", "mongodb"):
        return
    assert databases.stale() == [], "tests/support/databases.py names what is not there"
    others = [item for item in items if not (_uses_database(item) and databases.runs_on(_database, item.nodeid))]
    left_out = set(others)
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=others)


def _uses_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(fixtures & DATABASE_FIXTURES) or item.get_closest_marker("django_db") is not None


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """MongoDB is set up by us: a test that named it would do without transactions, on the other database, too."""
    if _database == "mongodb":
        with django_db_blocker.unblock():
            connections["mongodb"].creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
            # Connected now: later the test's case forbids it.
            assert connections["mongodb"].database is not None


@pytest.fixture(autouse=_database == "mongodb")
def empty_mongodb(django_db_setup: None) -> Iterator[None]:
    """No transaction takes back what a test has written to MongoDB."""
    yield
    connections["mongodb"].database["templates_templateversion"].delete_many({})


@pytest.fixture
def mongodb_server() -> MongoServer:
    """The session's MongoDB. Who kills it starts it again."""
    if _database != "mongodb":
        pytest.skip("templates are in SQL here: `make test-mongodb` runs this")
    return _mongodb


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


@pytest.fixture
def idle_port() -> Iterator[int]:
    """A port on loopback where nobody listens."""
    with kept_port() as port:
        yield port


@pytest.fixture
def patient_answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Who asks for an act gets the leader's answer, however busy the machine is."""
    # Models can be imported once Django is set up, which is after this module.
    from apps.workflows.live import web
    from apps.workflows.services import commands

    monkeypatch.setattr(commands, "WAIT_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(web, "TIMEOUT_SECONDS", PATIENCE_SECONDS + 1)
    web.connection.cache_clear()
    yield
    web.connection().close()
    web.connection.cache_clear()


@pytest.fixture(autouse=True, scope="session")
def patience_with_kubernetes() -> Iterator[None]:
    """No call of a test's own process is given up because the machine is busy: nothing here is about that."""
    from apps.pods.backends.kubernetes import api, namespace_cache

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "TIMEOUT_SECONDS", PATIENCE_SECONDS)
        patch.setattr(namespace_cache, "FIRST_LIST_TIMEOUT_SECONDS", PATIENCE_SECONDS)
        yield


# Each folder says who Ann is to its tests.
@pytest.fixture
def as_ann(ann: "User") -> "Client":
    return _client_of(ann)


@pytest.fixture
def as_bob(bob: "User") -> "Client":
    return _client_of(bob)


def _client_of(user: "User") -> "Client":
    # Models can be imported once Django is set up, which is after this module.
    from tests.support.people import client_of

    return client_of(user)
