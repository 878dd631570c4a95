"""The engine's connection, onto the modelled Redis: each call is a place where a seed may strike."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from apps.workflows.live.client import Closed, LiveRedis, RunChanged, source
from tests.simulator.faults import Faults
from tests.simulator.redis_model import RedisModel


class ModelClient:
    """What the scheduler calls of redis-py."""

    def __init__(self, model: RedisModel, live: "SimulatedLive") -> None:
        self.model = model
        self.live = live

    def _do(self, name: str, *arguments: Any) -> Any:
        self.live.reach(f"redis {name}")
        answer = self.model.call(name, *arguments)
        if isinstance(answer, list):
            return [None if item is None else item.encode() for item in answer]
        return answer.encode() if isinstance(answer, str) else answer

    def get(self, key: str) -> Any:
        return self._do("get", key)

    def mget(self, *keys: str) -> Any:
        return self._do("mget", *keys)

    def xlen(self, key: str) -> Any:
        return self._do("xlen", key)

    def time(self) -> tuple[int, int]:
        seconds, micros = self._do("time")
        return int(seconds), int(micros)

    def xread(self, streams: dict[str, str], count: int, block: int | None) -> Any:
        self.live.reach("redis xread")
        ((key, after),) = streams.items()
        items = self.model.xread(key, after, count)
        if not items and block:
            self.live.faults.world.wait(block)
        return [(key, items)] if items else []

    def scan_iter(self, match: str, count: int) -> Iterator[bytes]:
        self.live.reach("redis scan")
        yield from self.model.scan(match)


class SimulatedLive(LiveRedis):
    """A LiveRedis whose server is the model. Joining, the open mark and closing are the product's own."""

    def __init__(self, model: RedisModel, faults: Faults, actor: str) -> None:
        super().__init__("redis://127.0.0.1:1/0")
        self.model = model
        self.faults = faults
        self.actor = actor
        self.redis = ModelClient(model, self)  # type: ignore[assignment]

    def reach(self, place: str) -> None:
        """A connection learns the run when it is made, and breaks when the server restarts."""
        self.faults.strike(self.actor, place)
        if self._run.id is None:
            self._run.id = self.model.run_id
        elif self._run.id != self.model.run_id:
            raise RunChanged("Redis was restarted")

    @property
    def run_id(self) -> str:
        self.reach("connect")
        return str(self._run.id)

    def forget(self) -> None:
        self._run.id = None
        self.opened = ""

    def script(self, name: str, arguments: Sequence[Any]) -> Any:
        self.reach(f"script {name}")
        answer = self.model.script(source(name), [self.opened, *arguments])
        self.faults.strike(self.actor, f"script {name} answered")
        if answer == b"closed":
            raise Closed
        return answer


def moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
