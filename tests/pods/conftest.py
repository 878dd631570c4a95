"""Fixtures that several modules share."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.bad_api import BadApi
from tests.support.waiting import eventually
from tests.support.workload import Clock, WrittenWorkload


@pytest.fixture(autouse=True)
def _nobody_follows_after_a_test() -> Iterator[None]:
    """A backend that is not closed would ask the next tests' API for ever."""
    yield
    eventually(lambda: not [thread for thread in threading.enumerate() if thread.name == "watch"])


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def workload() -> WrittenWorkload:
    return WrittenWorkload()


@pytest.fixture
def api() -> Iterator[BadApi]:
    made = BadApi()
    yield made
    made.close()


@pytest.fixture
def process_directory(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "pods"
