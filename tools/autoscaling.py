"""Simulates pools under traces of work and prints what each rule costs: ``python -m tools.autoscaling [--check]``.

Three rules serve the same jobs: the smallest fixed pool that meets the target, "queue length / slots", and the product's
autoscaler. The table stands in docs/explanation/pods.md between its marks; ``--check`` says whether it is stale.
"""

import heapq
import math
import random
import re
import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from apps.pods.planning.autoscaler import Autoscaler, Load, LoadMeter, ScalingPolicy
from tools.kept_page import DOCS, keep

PAGE = DOCS / "explanation" / "pods.md"
MARKS = re.compile(r"(<!-- autoscaling -->\n).*?(<!-- /autoscaling -->)", re.DOTALL)
TICK = 1.0
START_SECONDS = 3.0
SCALING = ScalingPolicy(
    slots=8, minimum=0, maximum=50, target_wait=10.0, idle_seconds=60.0, start_seconds=START_SECONDS + TICK
)
# Pods go this long after the last job at the latest; a trace is followed until all are gone.
LIMIT = 7200.0

Rule = Callable[[float, Load, int], int]


@dataclass(frozen=True, slots=True)
class Job:
    """When it comes, and how long it runs, in seconds."""

    at: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """``p95``: the wait that 95 of 100 jobs do not exceed, in seconds."""

    pod_seconds: float
    p95: float
    most_pods: int


class Pod:
    def __init__(self, born: float) -> None:
        self.born = born
        self.busy = 0
        self.draining = False


class Pool:
    """A pool's life under one rule: jobs begin in their order on the first free slot of a pod that has started."""

    def __init__(self, jobs: list[Job], rule: Rule) -> None:
        self._rule = rule
        self._coming = deque(sorted(jobs, key=lambda job: job.at))
        self._queue: deque[Job] = deque()
        self._ends: list[tuple[float, int, Pod]] = []
        self._pods: list[Pod] = []
        self._waits: list[float] = []
        self._done = 0
        self._slot_seconds = 0.0
        self._pod_seconds = 0.0
        self._most = 0

    def run(self) -> Outcome:
        now = 0.0
        while now < LIMIT and (self._coming or self._queue or self._ends or self._pods or now == 0.0):
            self._scale(now)
            self._pass(now, now + TICK)
            now += TICK
        waits = sorted(self._waits)
        return Outcome(self._pod_seconds, waits[math.ceil(len(waits) * 0.95) - 1], self._most)

    def _scale(self, now: float) -> None:
        over = not (self._coming or self._queue or self._ends)
        serving = [pod for pod in self._pods if not pod.draining]
        load = Load(len(self._queue), len(self._ends), self._done, self._slot_seconds)
        wanted = self._rule(now, load, len(serving))
        for pod in sorted(serving, key=lambda pod: (pod.busy, -pod.born))[: max(len(serving) - wanted, 0)]:
            pod.draining = True
        back = sorted((pod for pod in self._pods if pod.draining), key=lambda pod: -pod.busy)
        for pod in back[: max(wanted - len(serving), 0)]:
            pod.draining = False
        missing = wanted - sum(not pod.draining for pod in self._pods)
        self._pods += [Pod(now) for _ in range(missing) if not over]
        self._pods = [pod for pod in self._pods if pod.busy or not pod.draining]
        self._most = max(self._most, len(self._pods))
        if over and wanted == len(serving):
            # Nothing will come any more: a rule that keeps its pods forever is not charged for it.
            self._pods = []

    def _pass(self, now: float, until: float) -> None:
        self._pod_seconds += len(self._pods) * (until - now)
        while True:
            self._begin(now)
            moment = min([until, *self._next_moments(now)])
            self._slot_seconds += len(self._ends) * (moment - now)
            now = moment
            if now >= until:
                return
            while self._coming and self._coming[0].at <= now:
                self._queue.append(self._coming.popleft())
            while self._ends and self._ends[0][0] <= now:
                heapq.heappop(self._ends)[2].busy -= 1
                self._done += 1

    def _next_moments(self, now: float) -> Iterator[float]:
        if self._coming:
            yield max(self._coming[0].at, now)
        if self._ends:
            yield self._ends[0][0]
        yield from (pod.born + START_SECONDS for pod in self._pods if pod.born + START_SECONDS > now)

    def _begin(self, now: float) -> None:
        for pod in self._pods:
            started = pod.born + START_SECONDS <= now and not pod.draining
            while started and pod.busy < SCALING.slots and self._queue:
                job = self._queue.popleft()
                pod.busy += 1
                self._waits.append(now - job.at)
                heapq.heappush(self._ends, (now + job.seconds, len(self._waits), pod))


# -- rules ------------------------------------------------------------------------------------------


def by_rates() -> Rule:
    scaler = Autoscaler(LoadMeter())
    return lambda at, load, present: scaler.desired(at, load, SCALING, present)


def by_queue() -> Rule:
    """Jobs over slots; pods go when less was enough for the same time as with the product's rule."""
    wishes: deque[tuple[float, int]] = deque()

    def rule(at: float, load: Load, present: int) -> int:
        wishes.append((at, math.ceil((load.backlog + load.running) / SCALING.slots)))
        while wishes[0][0] < at - SCALING.idle_seconds:
            wishes.popleft()
        return min(max(wish for _, wish in wishes), SCALING.maximum)

    return rule


def smallest_fixed(jobs: list[Job]) -> Outcome:
    """The fixed pool with the fewest pods that meets the target."""
    outcomes = (Pool(jobs, _fixed(size)).run() for size in range(1, SCALING.maximum + 1))
    return next(outcome for outcome in outcomes if outcome.p95 <= SCALING.target_wait)


def _fixed(size: int) -> Rule:
    return lambda at, load, present: size


# -- traces -----------------------------------------------------------------------------------------


def burst() -> list[Job]:
    """A thousand short jobs at once, three times, ten minutes apart."""
    luck = random.Random(1)  # noqa: S311
    return [Job(start, luck.uniform(0.1, 0.5)) for start in (30.0, 630.0, 1230.0) for _ in range(1000)]


def ramp() -> list[Job]:
    """From nothing to 40 jobs a second and back within half an hour; a job takes about a second."""
    luck = random.Random(2)  # noqa: S311
    jobs, now = [], 0.0
    while now < 1800:
        rate = 40 * (1 - abs(now - 900) / 900)
        now += luck.expovariate(max(rate, 0.2))
        jobs.append(Job(now, luck.expovariate(1.0)))
    return jobs


def long_jobs() -> list[Job]:
    """Jobs of some five minutes, 120 in an hour, in groups."""
    luck = random.Random(3)  # noqa: S311
    return [
        Job(start + luck.uniform(0, 30), luck.uniform(120, 480)) for start in range(60, 3600, 600) for _ in range(20)
    ]


TRACES: dict[str, Callable[[], list[Job]]] = {"burst": burst, "ramp": ramp, "long jobs": long_jobs}


def outcomes(trace: str) -> dict[str, Outcome]:
    """How each rule serves the trace."""
    jobs = TRACES[trace]()
    return {
        "fixed pool": smallest_fixed(jobs),
        "queue / slots": Pool(jobs, by_queue()).run(),
        "Base Shift": Pool(jobs, by_rates()).run(),
    }


# -- the table --------------------------------------------------------------------------------------


def table() -> str:
    lines = ["| trace | rule | pod-seconds | p95 wait, s | most pods |", "| --- | --- | ---: | ---: | ---: |"]
    for trace in TRACES:
        for rule, found in outcomes(trace).items():
            lines.append(f"| {trace} | {rule} | {found.pod_seconds:,.0f} | {found.p95:.1f} | {found.most_pods} |")
    return "\n".join(lines) + "\n"


def with_table(text: str) -> str:
    """The page with the table as it is measured now, which is printed, too."""
    measured = table()
    print(measured, end="")
    return MARKS.sub(lambda found: found[1] + measured + found[2], text)


if __name__ == "__main__":
    sys.exit(keep(PAGE, with_table, command="python -m tools.autoscaling"))
