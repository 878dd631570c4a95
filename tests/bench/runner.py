"""Runs the measurements one after the other, prints each figure, keeps the record."""

import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.bench import claims, event_drain, figures, growth, latency, memory, peers, raw_redis, rest, template_lists
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.ground import Ground
from tests.bench.processes import Processes
from tests.bench.product import Product

Measurement = Callable[[Bench], list[Figure]]

MEASUREMENTS: Mapping[str, Measurement] = {
    "chain": peers.chain,
    "fanout": peers.fanout,
    "batch": peers.batch,
    "raw": raw_redis.raw,
    "latency": latency.latency,
    "rest": rest.rest,
    "memory": memory.memory,
    "growth": growth.growth,
    "claims": claims.claims,
    "templates": template_lists.template_lists,
    "events": event_drain.events,
}


def run(ground: Ground, *, names: Sequence[str], repeat: int, quick: bool, results: Path) -> None:
    """Measure, show, and keep the record in the directory ``results``."""
    circumstances = _circumstances(ground, repeat, quick)
    processes = Processes(ground.directory)
    found: list[Figure] = []
    try:
        product = Product(ground, processes)
        product.start()
        bench = Bench(ground, processes, product, repeat, quick)
        for name in names:
            _say(f"{name} …")
            found += MEASUREMENTS[name](bench)
    finally:
        processes.stop_all()
    file = figures.write(results, found, circumstances)
    _say(f"\n{figures.table(found)}\n\nWritten to {file}")


def _circumstances(ground: Ground, repeat: int, quick: bool) -> dict[str, Any]:
    with ground.redis.client() as client:
        redis_version = client.info("server")["redis_version"]
    return {
        "time": f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}",
        "cpus": os.cpu_count(),
        # Before we begin: what else the machine has to do.
        "load": os.getloadavg(),
        "python": platform.python_version(),
        "redis": redis_version,
        "celery": version("celery"),
        "repeat": repeat,
        "quick": quick,
    }


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
