"""The executor of the image, beside an engine that the test drives."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.image.container import Container
from tests.support.engine_fixtures import rig
from tests.support.engine_rig import Rig

__all__ = ["rig"]


@pytest.fixture
def container(rig: Rig, tmp_path: Path) -> Iterator[Container]:
    made = Container(tmp_path, JOB_QUEUE_URL=rig.url, LOG_LEVEL="INFO", EGRESS_ALLOW="127.0.0.1")
    yield made
    made.process.kill()
    made.process.wait()
