"""Where and how a seed strikes: between any two calls, before or after they had effect."""

import random
from typing import TYPE_CHECKING

import redis
from django.db import OperationalError

if TYPE_CHECKING:
    from tests.simulator.world import World


class Crashed(BaseException):
    """The process is gone, at this very place. Nothing of ours may catch it."""


class Faults:
    """A bounded number of faults, chosen by the seed. ``log`` tells what happened, for a failing seed."""

    def __init__(self, world: "World", rng: random.Random, most: int, rate: float) -> None:
        self.world = world
        self.rng = rng
        self.left = most
        self.rate = rate
        self.nested = 0
        self.log: list[str] = []
        self.redis_lost_data = False

    def strike(self, actor: str, place: str) -> None:
        """Perhaps do something bad at this place."""
        if self.nested or self.left <= 0 or self.rng.random() > self.rate:
            return
        self.left -= 1
        kind = self.rng.choice(
            [
                "crash",
                "crash",
                "cut",
                "interleave",
                "interleave",
                "restart",
                "empty",
                "rollback",
                "flush",
                "second leader",
            ]
        )
        self.log.append(f"{self.world.now_ms}: {kind} at {place} of {actor}")
        getattr(self, f"_{kind.replace(' ', '_')}")(actor)

    def _crash(self, actor: str) -> None:
        raise Crashed(actor)

    def _cut(self, actor: str) -> None:
        raise redis.ConnectionError("the connection broke")

    def _interleave(self, actor: str) -> None:
        self._nested(lambda: self.world.run_others(actor, self.rng.randint(1, 12)))

    def _restart(self, actor: str) -> None:
        self.world.model.restart(lose=0)

    def _empty(self, actor: str) -> None:
        self.redis_lost_data = True
        self.world.model.restart(lose=None)

    def _flush(self, actor: str) -> None:
        self.redis_lost_data = True
        self.world.model.data.clear()
        self.world.model.last_id.clear()

    def _rollback(self, actor: str) -> None:
        self.redis_lost_data = True
        self.world.model.restart(lose=self.rng.randint(1, 6))
        self.world.model.clock_shift -= self.rng.randint(0, 3000)

    def _second_leader(self, actor: str) -> None:
        self._nested(lambda: self.world.lead_by_another(actor))

    def _nested(self, act: "object") -> None:
        self.nested += 1
        try:
            act()  # type: ignore[operator]
        finally:
            self.nested -= 1

    def on_commit(self) -> str:
        """What a database commit comes to: "", "refused" or "unknown"."""
        if self.nested or self.left <= 0 or self.rng.random() > self.rate:
            return ""
        self.left -= 1
        kind = self.rng.choice(["refused", "unknown"])
        self.log.append(f"{self.world.now_ms}: commit {kind}")
        return kind


def failed_commit() -> OperationalError:
    return OperationalError("the connection to the database broke")
