"""Executors that are told to take no more jobs, and what they tell of themselves."""

import math
import subprocess
import sys

import pytest

from apps.core.env import BASE_DIR
from apps.pods.planning.heartbeats import Heartbeat, WorkloadState
from apps.pods.workload import WorkloadUnavailable
from apps.workflows.executor.claims import AttemptReport, Claim, Queue
from apps.workflows.executor.process import Executor
from apps.workflows.executor.usage_meter import UsageMeter
from apps.workflows.live import keys
from apps.workflows.workload import ExecutorsWorkload
from tests.support.engine_rig import Rig, call, noop
from tests.support.statements import counted
from tests.support.waiting import eventually


def look(workload: ExecutorsWorkload, *executors: str) -> WorkloadState:
    return workload.observe(["default"], executors)


def test_ready_jobs_are_the_backlog_of_their_pool(rig: Rig) -> None:
    rig.start(noop("a"), count=3)
    assert look(ExecutorsWorkload()).backlog == {"default": 3}


def test_asking_for_queues_alone_walks_no_running_jobs(rig: Rig) -> None:
    rig.start(call("a"))
    with counted() as statements:
        assert look(ExecutorsWorkload()).backlog == {"default": 1}
    assert statements.number == 0


def test_a_running_job_makes_its_executor_busy_by_sql(rig: Rig) -> None:
    rig.start(call("a"), count=2)
    rig.claim()
    rig.catch_up()
    assert look(ExecutorsWorkload(), "executor").busy == {"executor": 1}


def test_an_executor_that_is_to_drain_gets_no_job(rig: Rig) -> None:
    rig.start(noop("a"))
    workload = ExecutorsWorkload()
    workload.drain({"executor": "token"})
    assert rig.take() is None
    assert rig.queue.drained() == "token"


def test_another_executor_still_gets_it(rig: Rig) -> None:
    rig.start(noop("a"))
    ExecutorsWorkload().drain({"another": "token"})
    assert rig.take() is not None


def test_an_executor_is_not_drained_while_it_holds_a_job(rig: Rig) -> None:
    rig.start(call("a"))
    claim = rig.claim()
    ExecutorsWorkload().drain({"executor": "token"})
    assert rig.queue.drained() == ""
    rig.succeed(claim)
    assert rig.take() is None
    assert rig.queue.drained() == "token"


def test_a_report_hands_over_no_further_job_while_it_drains(rig: Rig) -> None:
    rig.start(noop("a"), noop("b"))
    claim = rig.claim()
    ExecutorsWorkload().drain({"executor": "token"})
    assert rig.succeed(claim, go_on=True) is None


def test_an_executor_that_resumes_gets_jobs_again(rig: Rig) -> None:
    rig.start(noop("a"))
    workload = ExecutorsWorkload()
    workload.drain({"executor": "token"})
    assert rig.take() is None
    workload.resume(["executor"])
    assert rig.take() is not None
    assert rig.queue.drained() == ""


def test_a_heartbeat_tells_what_was_done_and_used(rig: Rig) -> None:
    meter = UsageMeter()
    meter.begin("a")
    meter.end("a")
    rig.start(noop("a"))
    rig.claim()
    rig.queue.renew([], {"busy": 1, "drained": "", **meter.reading()})
    beat = look(ExecutorsWorkload(), "executor").heartbeats["executor"]
    assert (beat.busy, beat.done) == (1, 1)
    assert beat.memory > 10_000_000
    assert beat.cpu_seconds > 0


@pytest.mark.parametrize("told", [b"{", b"\xff", b"[]", b"[" * 100_000])
def test_what_no_executor_says_is_no_heartbeat(rig: Rig, told: bytes) -> None:
    rig.start(noop("a"))
    rig.queue.live.redis.set(keys.executor("executor"), told)
    assert look(ExecutorsWorkload(), "executor").heartbeats == {}


def test_an_executor_of_another_version_is_taken_by_what_it_says(rig: Rig) -> None:
    rig.start(noop("a"))
    told = b'{"busy": 2, "done": "many", "slotSeconds": -1, "memory": 1e300, "cpuSeconds": NaN, "more": {}}'
    rig.queue.live.redis.set(keys.executor("executor"), told)
    assert look(ExecutorsWorkload(), "executor").heartbeats == {"executor": Heartbeat(busy=2)}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it is not told apart")
def test_the_memory_of_whoever_started_an_executor_is_not_its_own() -> None:
    held = bytearray(200_000_000)
    program = "from apps.workflows.executor.usage_meter import peak_memory; print(peak_memory())"
    told = subprocess.run([sys.executable, "-c", program], cwd=BASE_DIR, capture_output=True, text=True, check=True)
    assert 5_000_000 < int(told.stdout) < len(held) / 2


def test_time_of_jobs_that_still_run_counts() -> None:
    meter = UsageMeter()
    meter.begin("a")
    eventually(lambda: meter.reading()["slotSeconds"] > 0)
    assert meter.reading()["done"] == 0


class Watched(Queue):
    """Looks at the executor's meter while it reports, and has it stop then."""

    meter: UsageMeter
    done_meanwhile: int

    def report(self, claim: Claim, report: AttemptReport, *, next_claim: bool) -> Claim | None:
        self.done_meanwhile = self.meter.reading()["done"]
        self.stopping.set()
        return super().report(claim, report, next_claim=next_claim)


def test_a_slot_is_taken_until_its_job_is_reported(rig: Rig) -> None:
    executor = Executor(rig.queue.settings)
    queue = executor.queue = Watched(rig.queue.settings, executor.stopping)
    queue.meter = executor.meter
    rig.start(noop("a"))
    executor.serve(math.inf)
    queue.live.close()
    assert (queue.done_meanwhile, executor.meter.reading()["done"]) == (0, 1)


def test_an_executor_without_a_heartbeat_is_not_there(rig: Rig) -> None:
    rig.start(noop("a"))
    assert look(ExecutorsWorkload(), "nobody").heartbeats == {}


def test_nothing_is_known_of_a_redis_that_no_scheduler_has_opened(rig: Rig) -> None:
    with pytest.raises(WorkloadUnavailable):
        look(ExecutorsWorkload())
