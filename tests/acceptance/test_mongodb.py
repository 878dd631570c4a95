"""The demo with its templates in MongoDB."""

from collections.abc import Iterator
from pathlib import Path

import pymongo
import pytest

from tests.acceptance.stacks import run_demo
from tests.support.servers import MongoServer, kept_port


@pytest.fixture
def mongodb(tmp_path: Path) -> Iterator[MongoServer]:
    server = MongoServer(tmp_path)
    server.start()
    yield server
    server.stop()


def test_the_demo_runs_to_its_end_with_templates_in_mongodb(mongodb: MongoServer, tmp_path: Path, own_database: str):
    with kept_port() as port:
        demo = run_demo(tmp_path, own_database, port, MONGODB_URL=mongodb.url)
    assert demo.returncode == 0, demo.stdout + demo.stderr
    with pymongo.MongoClient(mongodb.url) as client:
        versions = list(client.baseshift.templates_templateversion.find())
    assert "payment_gateway_template" in {version["template_id"] for version in versions}
    assert {version["status"] for version in versions} == {"published"}
    # What happened has been told: nothing waits in a document.
    assert [version["pendingEvents"] for version in versions] == [[]] * len(versions)
