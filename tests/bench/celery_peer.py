"""The peer: a Celery application of its own that does the same work as canvases (chain, chord).

Same Redis server, databases of its own. Two prefork workers; else Celery's defaults, which keep the result
of every task, as Base Shift keeps the outcome of every job. Run alone, this file is the worker's application.
"""

import os
import sys

from celery import Celery, chain, chord

from apps.stack.child import Child

NAME = "celery-peer"
BROKER_DATABASE, BACKEND_DATABASE = 1, 2
WORKERS = 2
PATIENCE_SECONDS = 300

_server = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0").rpartition("/")[0]
app = Celery(
    "peer",
    broker=f"{_server}/{BROKER_DATABASE}",
    backend=f"{_server}/{BACKEND_DATABASE}",
    fixups=[],
    set_as_current=False,
)
app.conf.update(broker_connection_retry_on_startup=True)


@app.task(name="peer.noop")
def noop() -> None:
    """As Base Shift's ``noop``."""


def worker() -> Child:
    command = [sys.executable, "-m", "celery", "-A", "tests.bench.celery_peer", "worker", "-n", "peer@%h"]
    command += ["--pool", "prefork", "--concurrency", str(WORKERS)]
    # As Base Shift's own worker: without Celery's talk between workers.
    command += ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"]
    return Child(NAME, command)


def run_chain(length: int) -> None:
    chain(*(noop.si() for _ in range(length))).apply_async().get(timeout=PATIENCE_SECONDS)


def run_fan(width: int) -> None:
    """1 → width → 1."""
    fan = chain(noop.si(), chord([noop.si() for _ in range(width)], noop.si()))
    fan.apply_async().get(timeout=PATIENCE_SECONDS)


def run_batch(count: int, length: int) -> None:
    started = [chain(*(noop.si() for _ in range(length))).apply_async() for _ in range(count)]
    for result in started:
        result.get(timeout=PATIENCE_SECONDS)
