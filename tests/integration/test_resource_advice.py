"""Advice on resources from what a real executor did and used: heartbeats, reconciler, rows, advice."""

import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from django.utils import timezone

from apps.core.pools import DEFAULT_POOL
from apps.pods.backends.process import ProcessBackend
from apps.pods.models import PodPool, PoolUsage
from apps.pods.planning import quantities
from apps.pods.planning.advice import MIN_SHORT_JOBS
from apps.pods.reconciler.loop import Reconciler, ReconcilerConfig
from apps.pods.reconciler.usage import WRITE_INTERVAL_SECONDS
from apps.pods.services.advice import advise
from apps.pods.spec.site_environment import SiteEnvironment
from apps.stack import command_lines
from apps.stack.child import Child
from apps.stack.node import Node
from apps.stack.process_spec import ProcessDirectory
from apps.stack.supervisor import Supervisor
from apps.workflows.models import Workflow
from apps.workflows.workload import ExecutorsWorkload
from tests.support.engine_rig import Rig, noop

# Nobody is taken for lost who merely stands still.
LEASE_SECONDS = 120.0
CONFIG = ReconcilerConfig(SiteEnvironment({}), executor_lease=timedelta(seconds=LEASE_SECONDS), idle_seconds=60)
PATIENCE_SECONDS = 120.0


class Stack:
    """A scheduler, a reconciler, and executors as processes, all of which go on when the test says so."""

    def __init__(self, rig: Rig, directory: Path) -> None:
        self.rig = rig
        self.children: list[Child] = []
        orders = ProcessDirectory(directory)
        self.supervisor = Supervisor(print)
        self.node = Node(orders, self.supervisor, self._build)
        self.ahead = 0.0
        backend = ProcessBackend(orders, timezone.now, cpus=1)
        self.reconciler = Reconciler(
            "test", backend, ExecutorsWorkload(), CONFIG, monotonic=lambda: time.monotonic() + self.ahead
        )

    def _build(self, name: str, environment: Mapping[str, str]) -> Child:
        own = {**environment, "LEASE_SECONDS": str(LEASE_SECONDS)}
        self.children.append(command_lines.executor(name, own, "INFO"))
        return self.children[-1]

    def go_on(self) -> None:
        self.rig.scheduler.tick()
        self.reconciler.tick(timezone.now())
        self.node.tick(time.monotonic())
        self.supervisor.tick(0.05)

    def close(self) -> None:
        self.reconciler.close()
        self.supervisor.stop(10.0)

    def until(self, holds: Callable[[], bool], jump: float = 0.0) -> None:
        """``jump``: so many seconds pass for the reconciler with each step."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, "it did not come true in time"
            self.ahead += jump
            self.go_on()


@pytest.fixture
def stack(rig: Rig, tmp_path: Path) -> Iterator[Stack]:
    made = Stack(rig, tmp_path / "pods")
    yield made
    made.close()


def most_memory(process: psutil.Process) -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
    assert found
    return int(found[1]) * 1024


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells the memory of one program")
def test_the_advice_comes_from_what_an_executor_really_used(rig: Rig, stack: Stack) -> None:
    PodPool.objects.create(name=DEFAULT_POOL, scale_to=1)
    rig.catch_up()
    # It is seen before it works, so that all of its work is measured.
    stack.until(PoolUsage.objects.exists)
    rig.start(noop("a"), count=MIN_SHORT_JOBS)
    stack.until(lambda: Workflow.objects.filter(state="COMPLETED").count() == MIN_SHORT_JOBS)
    stack.until(PoolUsage.objects.filter(jobs__gte=MIN_SHORT_JOBS).exists, jump=WRITE_INTERVAL_SECONDS)

    use = PoolUsage.objects.get()
    (child,) = stack.children
    assert child.process
    executor = psutil.Process(child.process.pid)
    times = executor.cpu_times()
    assert use.jobs == MIN_SHORT_JOBS
    assert 0.1 < use.cpu_seconds + use.idle_cpu_seconds < times.user + times.system
    assert 0.9 * most_memory(executor) < use.memory_bytes <= most_memory(executor)

    advice = advise(PodPool.objects.get())
    assert advice
    memory, cpu = advice.resources
    assert use.memory_bytes <= quantities.parse(memory.request.recommended) < 2 * use.memory_bytes
    assert 0 < quantities.parse(cpu.request.recommended) <= 1
