"""Parts that several modules share: clocks, a node that runs ordered processes, a workload that tests write."""

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from apps.core.access.policy import Actor
from apps.pods.workload import Heartbeat, HeldJob, Look, WorkloadAway
from tests.pods.bad_api import BadApi
from tests.services.waiting import eventually


@pytest.fixture(autouse=True)
def _nobody_follows_after_a_test() -> Iterator[None]:
    """A backend that is not closed would ask the next tests' API for ever."""
    yield
    eventually(lambda: not [thread for thread in threading.enumerate() if thread.name == "watch"])


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@dataclass
class WrittenWorkload:
    """Work as a test says it is. Executors that are told to drain confirm it when they have no job."""

    backlog: dict[str, int] = field(default_factory=dict)
    busy: dict[str, int] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    tokens: dict[str, str] = field(default_factory=dict)
    # What executors say that they did and used.
    used: dict[str, Heartbeat] = field(default_factory=dict)
    mark: str = "run:1"
    away: bool = False

    def look(self, pools: Collection[str], executors: Collection[str]) -> Look:
        self._check()
        heard = [name for name in executors if name not in self.silent]
        return Look(self.mark, dict(self.backlog), dict(self.busy), {name: self._beat(name) for name in heard})

    def drain(self, tokens: Mapping[str, str]) -> None:
        self._check()
        self.tokens.update(tokens)

    def resume(self, executors: Collection[str]) -> None:
        self._check()
        for name in executors:
            self.tokens.pop(name, None)

    def jobs(self, actor: Actor, executors: Collection[str]) -> Mapping[str, Sequence[HeldJob]]:
        return {}

    def _check(self) -> None:
        if self.away:
            raise WorkloadAway("the test says so")

    def _beat(self, name: str) -> Heartbeat:
        busy = self.busy.get(name, 0)
        drained = "" if busy else self.tokens.get(name, "")
        return replace(self.used.get(name, Heartbeat()), busy=busy, drained=drained)


@pytest.fixture
def workload() -> WrittenWorkload:
    return WrittenWorkload()


@pytest.fixture
def api() -> Iterator[BadApi]:
    made = BadApi()
    yield made
    made.close()


@pytest.fixture
def orders_directory(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "pods"
