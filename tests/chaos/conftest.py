"""Real processes around the test's own database, and a Redis of each test's own."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection

from apps.core.models import User
from apps.workflows.live import keys, web
from apps.workflows.models import Shard
from tests.support import cluster as clusters
from tests.support.cluster import Cluster
from tests.support.ledger import Ledger, served
from tests.support.people import let_report

# Faults that are none of the database's: shown on one, and in long runs on the other.
ON_ANY_DATABASE = {"test_redis", "test_paused", "test_stopped", "test_reconciler"}

Run = Callable[..., AbstractContextManager[Cluster]]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if connection.vendor == "postgresql":
        for item in items:
            if item.path.parent == Path(__file__).parent and item.path.stem in ON_ANY_DATABASE:
                item.add_marker(pytest.mark.soak)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with served(tmp_path) as ledger:
        yield ledger


@pytest.fixture
def run(transactional_db: None, patient_answers: None, ledger: Ledger, settings: Any, tmp_path: Path) -> Run:
    """Starts a cluster on the test's database; the services of the test's own process use its Redis, too."""
    Shard.objects.get_or_create(pk=keys.SHARD)

    @contextmanager
    def running(**options: Any) -> Iterator[Cluster]:
        with clusters.running(tmp_path, **options) as cluster:
            settings.REDIS_URL = cluster.redis.url
            web.connection.cache_clear()
            try:
                yield cluster
            finally:
                web.connection().close()
                web.connection.cache_clear()

    return running


@pytest.fixture
def ann(transactional_db: None) -> Iterator[User]:
    yield let_report(User.objects.create_user("ann"))
    cache.clear()
