"""Executors and the leader while a part is away, or refuses what it is asked."""

import logging
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import redis
from django.db import OperationalError, connection

from apps.workflows.executor import claims
from apps.workflows.executor.claims import Claim, Queue
from apps.workflows.executor.process import Executor
from apps.workflows.executor.settings import ExecutorSettings
from apps.workflows.live.client import Closed, LiveRedis
from tests.support.engine_rig import Rig, noop
from tests.support.servers import RedisServer
from tests.support.waiting import PATIENCE_SECONDS

PAUSES = 5


@pytest.fixture
def refusing(redis_server: RedisServer) -> Iterator[redis.Redis]:
    """A Redis that takes no writes, as the replica that a failover left behind."""
    client = redis_server.client()
    client.config_set("min-replicas-to-write", 1)
    yield client
    client.config_set("min-replicas-to-write", 0)
    client.close()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch, refusing: redis.Redis) -> list[float]:
    """How long an executor waits between its tries; after some of them Redis takes writes again."""
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == PAUSES:
            refusing.config_set("min-replicas-to-write", 0)

    monkeypatch.setattr(time, "sleep", sleep)
    return waited


def new_queue(rig: Rig) -> Queue:
    return Queue(ExecutorSettings(rig.url, rig.lease, "default", 1, (), "executor"), threading.Event())


def test_a_redis_that_refuses_is_asked_less_and_less_often_and_told_once(
    rig: Rig, pauses: list[float], refusing: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    refusing.config_set("min-replicas-to-write", 0)
    rig.start_one(noop("a"))
    refusing.config_set("min-replicas-to-write", 1)
    claim = new_queue(rig).claim()
    assert claim is not None
    assert len(pauses) == PAUSES
    # Each is spread by a quarter around twice the one before, up to two seconds.
    assert all(later > earlier or later >= 1.5 for earlier, later in pairwise(pauses))
    assert max(pauses) <= 2.5
    warnings = [
        record for record in caplog.records if record.name == claims.__name__ and record.levelno >= logging.WARNING
    ]
    assert [record.getMessage() for record in warnings] == ["redis_unavailable"]
    assert "NOREPLICAS" in vars(warnings[0])["error"]


def overdue(claim: Claim) -> Claim:
    """A job whose thread hangs: its time was over long ago."""
    claim.deadline = time.monotonic() - 2.0
    return claim


def test_a_hanging_job_does_not_stop_the_keeper_while_redis_is_away(rig: Rig, redis_server: RedisServer) -> None:
    """Else the executor's probe would end it, with all that its other slots do. Its end is told when Redis is back."""
    workflow = rig.start_one(noop("a"))
    executor = Executor(ExecutorSettings(rig.url, rig.lease, "default", 8, (), "executor"))
    executor._hold(overdue(rig.claim()))
    redis_server.kill()
    step = threading.Thread(target=executor._end_overdue, daemon=True)
    step.start()
    step.join(PATIENCE_SECONDS)
    assert not step.is_alive()
    redis_server.start()

    def reported() -> bool:
        # The leader opens the new run of Redis, the keeper joins it.
        executor._end_overdue()
        return rig.status(workflow, "a") == "FAILED"

    rig.until(reported)
    assert rig.job(workflow, "a").error["code"] == "timeout"


def test_a_leader_that_is_stopped_while_the_database_is_away_leaves_its_lease_to_end(rig: Rig) -> None:
    rig.start_one(noop("a"))

    def away(*_: object) -> None:
        raise OperationalError("the server closed the connection")

    with connection.execute_wrapper(away):
        rig.scheduler.resign()
    assert rig.scheduler.leader_loop is None


def test_a_redis_that_was_away_for_long_is_found_when_it_is_back(tmp_path: Path) -> None:
    server = RedisServer(tmp_path)
    live = LiveRedis(server.url, timeout=PATIENCE_SECONDS)
    # More often than a client's pool makes connections.
    for _ in range(150):
        live.forget()
        with pytest.raises(redis.ConnectionError, match="refused"):
            live.script("append", [])
    server.start()
    live.forget()
    try:
        with pytest.raises(Closed):
            live.script("append", [])
    finally:
        live.close()
        server.stop()
