"""What an executor process holds of the machine's memory, from its first job to its last."""

import time
from pathlib import Path

from apps.workflows.live import keys
from tests.bench import shapes
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.product import EXECUTOR

JOBS = (0, 1_000, 5_000, 10_000)
JOBS_IF_QUICK = (0, 1_000, 2_000)
STEPS = 5
WORKFLOWS_A_BATCH = 100
LARGEST_MIB = 110
# Between the second look, by when all that is loaded lazily is there, and the last.
LARGEST_GROWTH_MIB = 2


def memory(bench: Bench) -> list[Figure]:
    product = bench.product
    product.publish("memory", shapes.chain(STEPS))
    product.stop_engine()
    pid = product.start_engine()
    _wait_for_heartbeat(bench)
    looks = JOBS_IF_QUICK if bench.quick else JOBS
    resident: list[float] = []
    done = 0
    for jobs in looks:
        while done < jobs:
            product.run_batch("memory", WORKFLOWS_A_BATCH)
            done += WORKFLOWS_A_BATCH * STEPS
        resident.append(_resident_mib(pid))
    grown = resident[-1] - resident[1]
    return [
        Figure(
            f"executor after {' / '.join(f'{jobs:,}' for jobs in looks)} jobs",
            f"{' / '.join(f'{mib:.1f}' for mib in resident)} MiB resident",
            ratio=f"{grown:+.1f} MiB from {looks[1]:,}",
            target=f"≤ {LARGEST_MIB} MiB, no growth",
            reached=resident[-1] <= LARGEST_MIB and grown <= LARGEST_GROWTH_MIB,
            samples={"mib": dict(zip(map(str, looks), resident, strict=True))},
        )
    ]


def _wait_for_heartbeat(bench: Bench) -> None:
    key = keys.executor(EXECUTOR)
    # An earlier process of the same name may have left one.
    bench.product.redis.delete(key)
    while not bench.product.redis.exists(key):
        bench.processes.check()
        time.sleep(0.05)


def _resident_mib(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    kib = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
    return round(kib / 1024, 2)
