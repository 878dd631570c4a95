"""What a job costs the database: statements are counted, where they are made.

web ── start_batch ──► SQL          counted
scheduler ── ticks ──► SQL          counted
executor's slots                    have no database
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from apps.core.models import User
from apps.workflows.executor.process import Executor
from apps.workflows.executor.settings import ExecutorSettings
from apps.workflows.live import keys
from apps.workflows.live.client import LiveRedis
from apps.workflows.models import Job, Shard, Workflow
from apps.workflows.scheduler.loop import Scheduler
from apps.workflows.services.requests import StartRequest
from apps.workflows.services.start import start_batch
from tests.support.people import publish
from tests.support.servers import RedisServer
from tests.support.threads import in_thread

WORKFLOWS, STEPS = 200, 5
JOBS = WORKFLOWS * STEPS
STATEMENTS_A_JOB = 3
SLOTS = 8
PATIENCE_SECONDS = 180


@dataclass
class Count:
    """Statements of all threads. An ``executemany`` is one statement of many rows."""

    statements: int = 0
    rows: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        with self.lock:
            self.statements += 1
            self.rows += len(params) if many else 1
        return execute(sql, params, many, context)


@contextmanager
def beside(act: Callable[[], object]) -> Iterator[None]:
    """``act`` runs meanwhile, and has returned at the end."""
    thread = in_thread(act)
    try:
        yield
    finally:
        thread.join()


def lead(count: Count, stop: threading.Event, opened: threading.Event) -> None:
    """A scheduler's life, its statements counted from the moment that it is open."""
    live = LiveRedis(settings.REDIS_URL)
    scheduler = Scheduler("test", live, lease_seconds=settings.LEASE_SECONDS, state_ttl=60)
    while not scheduler.tick().is_open:
        assert not stop.is_set()
    opened.set()
    with connection.execute_wrapper(count):
        while not stop.is_set():
            scheduler.tick()
    scheduler.resign()
    live.close()


@contextmanager
def running_executor() -> Iterator[None]:
    executor = Executor(ExecutorSettings(settings.REDIS_URL, settings.LEASE_SECONDS, "default", SLOTS, (), "test"))
    until = time.monotonic() + PATIENCE_SECONDS
    slots = [threading.Thread(target=executor.serve, args=(until,)) for _ in range(SLOTS)]
    for slot in slots:
        slot.start()
    try:
        yield
    finally:
        executor.stopping.set()
        for slot in slots:
            slot.join()


@contextmanager
def running_scheduler(count: Count) -> Iterator[None]:
    stop, opened = threading.Event(), threading.Event()
    with beside(lambda: lead(count, stop, opened)):
        try:
            assert opened.wait(PATIENCE_SECONDS)
            yield
        finally:
            stop.set()


def wait_until_ended() -> None:
    deadline, pause = time.monotonic() + PATIENCE_SECONDS, threading.Event()
    while Workflow.objects.exclude(state="COMPLETED").exists():
        assert time.monotonic() < deadline, "the workflows did not end in time"
        pause.wait(0.05)


@pytest.mark.django_db(transaction=True)
def test_a_job_takes_three_statements_at_most_in_a_run_of_two_hundred_workflows(redis_server: RedisServer) -> None:
    Shard.objects.get_or_create(pk=keys.SHARD)
    ann = User.objects.create_user("ann")
    publish(ann, steps=STEPS)
    count = Count()

    with running_scheduler(count), running_executor():
        with connection.execute_wrapper(count):
            start_batch(ann, requests=[StartRequest("sample", input={})] * WORKFLOWS)
        wait_until_ended()

    assert Job.objects.filter(status="COMPLETED").count() == JOBS
    statements, rows = count.statements / JOBS, count.rows / JOBS
    assert statements <= STATEMENTS_A_JOB, f"{statements:.2f} statements a job, with {rows:.2f} rows a job in them"
