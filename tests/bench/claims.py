"""What a claim takes while few or very many jobs are queued, by the executor's own client and script.

Each queue is in a database of its own, with the keys of a generation of its own, so that nobody else meets it.
"""

import threading
import time
from pathlib import Path

from apps.workflows.executor.claims import Queue
from apps.workflows.executor.settings import ExecutorSettings
from apps.workflows.live import keys
from apps.workflows.live.client import LUA
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.timing import median, percentile, rounded, seconds

FEW, MANY, MANY_IF_QUICK = 1_000, 1_000_000, 100_000
DATABASES = (5, 6)
LARGEST_SHARE = 2.0
ROUNDS, CLAIMS_A_ROUND = 10, 200
# One script's run, during which Redis serves nobody else.
JOBS_A_CALL = 10_000
GENERATION, POOL = 1, "default"
PAYLOAD = '{"type": "noop", "config": {}, "timeout": 300}'


def claims(bench: Bench) -> list[Figure]:
    sizes = (FEW, MANY_IF_QUICK if bench.quick else MANY)
    queues = [FilledQueue(bench, database, size) for database, size in zip(DATABASES, sizes, strict=True)]
    try:
        taken = _in_turn(bench, queues)
    finally:
        for queue in queues:
            queue.drop()
    share = median(taken[1]) / median(taken[0])
    return [
        Figure(
            f"claim of {sizes[1]:,} queued",
            _shown(taken[1]),
            f"of {sizes[0]:,}: {_shown(taken[0])}",
            f"{share:.2f} x the time",
            f"≤ {LARGEST_SHARE:g} x",
            share <= LARGEST_SHARE,
            {f"claim_ms_{size}": rounded(times) for size, times in zip(sizes, taken, strict=True)},
        )
    ]


def _shown(taken: list[float]) -> str:
    return f"p50 {median(taken) * 1e3:.3f} ms, p99 {percentile(taken, 0.99) * 1e3:.3f} ms"


class FilledQueue:
    """A pool's queue of ``size`` jobs."""

    def __init__(self, bench: Bench, database: int, size: int) -> None:
        url = bench.ground.redis.url.rpartition("/")[0] + f"/{database}"
        self._queue = Queue(ExecutorSettings(url, 15, POOL, 1, (), "bench"), threading.Event())
        self._live = self._queue.live
        self._next = 0
        self._live.redis.set(keys.open_mark(), f"{self._live.run_id}:{GENERATION}")
        self._live.join()
        prelude = (LUA / "prelude.lua").read_text(encoding="utf-8")
        loop = Path(__file__).with_name("fill.lua").read_text(encoding="utf-8")
        self._fill = self._live.redis.register_script(prelude + loop)
        self.add(size)

    def add(self, count: int) -> None:
        for _ in range(0, count, JOBS_A_CALL):
            size = min(count, JOBS_A_CALL)
            self._fill(keys=[], args=[self._live.opened, POOL, self._next, size, PAYLOAD])
            self._next += size

    def claim(self) -> None:
        if self._queue.claim() is None:
            raise RuntimeError("A full queue gave no job")

    def drop(self) -> None:
        self._live.redis.flushdb(asynchronous=True)
        self._live.close()


def _in_turn(bench: Bench, queues: list[FilledQueue]) -> list[list[float]]:
    """Rounds of claims from each; what they take is added again, so that the sizes stay."""
    _wait_for_rewrite(bench)
    taken: list[list[float]] = [[] for _ in queues]
    for number in range(ROUNDS + 1):
        for queue, times in zip(queues, taken, strict=True):
            found = [seconds(queue.claim) for _ in range(CLAIMS_A_ROUND)]
            queue.add(CLAIMS_A_ROUND)
            if number:
                # The first round warms up.
                times += found
    return taken


def _wait_for_rewrite(bench: Bench) -> None:
    """Filling makes Redis rewrite its append-only file in a forked process, which is another measurement."""
    while True:
        state = bench.product.redis.info("persistence")
        if not state["aof_rewrite_in_progress"] and not state["aof_rewrite_scheduled"]:
            return
        time.sleep(0.1)
