"""A clock that a test moves, and a workload that a test writes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from apps.core.access.policy import Actor
from apps.pods.planning.heartbeats import Heartbeat, WorkloadState
from apps.pods.workload import HeldJob, WorkloadUnavailable


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

    def observe(self, pools: Collection[str], executors: Collection[str]) -> WorkloadState:
        self._check()
        heard = [name for name in executors if name not in self.silent]
        return WorkloadState(self.mark, dict(self.backlog), dict(self.busy), {name: self._beat(name) for name in heard})

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
            raise WorkloadUnavailable("the test says so")

    def _beat(self, name: str) -> Heartbeat:
        busy = self.busy.get(name, 0)
        drained = "" if busy else self.tokens.get(name, "")
        return replace(self.used.get(name, Heartbeat()), busy=busy, drained=drained)
