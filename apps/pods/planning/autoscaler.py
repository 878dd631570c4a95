"""The number of pods that a pool needs, from its work: Little's law, and the time that a job may queue.

Work in service is arrival rate times service time, however long the queue is; the queue is work that has to begin within
the target wait. A queue of a thousand jobs of five milliseconds needs one slot, one of eight jobs of an hour needs eight.
"""

import math
from collections import deque
from dataclasses import dataclass

# Over which time rates are measured.
WINDOW_SECONDS = 30.0
# How long a job's length is remembered, in time in which jobs run.
DECAY_SECONDS = 120.0
# A target that pods take longer to start than is still scaled for, but not without bound.
MIN_TARGET_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Load:
    """A pool's work at one moment."""

    # Jobs that queue.
    backlog: int
    # Jobs that run.
    running: int
    # Jobs that ended so far; only grows.
    done: int
    # Seconds that slots spent on jobs, running ones included; only grows.
    slot_seconds: float


@dataclass(frozen=True, slots=True)
class ScalingPolicy:
    """A pool's rule for the number of its pods."""

    # Jobs that a pod runs at the same time.
    slots: int
    # Pods.
    minimum: int
    # Pods.
    maximum: int
    # Seconds that a job may queue.
    target_wait: float
    # How long less must be enough before pods go.
    idle_seconds: float
    # Seconds from a pod's being needed to its working, the time between two looks included.
    start_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Rates:
    """``arrivals`` a second, without those that still queue; ``service_seconds`` of a job, None before any was seen."""

    arrivals: float
    service_seconds: float | None


def needed_slots(load: Load, rates: Rates, wait: float) -> float:
    """Return the slots with which the last job of the queue begins within ``wait`` seconds."""
    if rates.service_seconds is None:
        return load.running + load.backlog
    # Within the wait a slot serves several short jobs, or the beginning of one long one.
    share = min(rates.service_seconds, wait) / wait
    # Of the slots that are taken now, these are still taken when the wait is over.
    taken = load.running * (1 - min(1.0, wait / max(rates.service_seconds, 1e-6)))
    # Little's law; of jobs longer than the wait only those count that come within it.
    arriving = rates.arrivals * min(rates.service_seconds, wait)
    return max(arriving, taken) + load.backlog * share


class LoadMeter:
    """Rates from samples of the load. Times are of a monotonic clock, in seconds."""

    def __init__(self, service_seconds: float | None = None) -> None:
        self._samples: deque[tuple[float, Load]] = deque()
        # Endings and slot time, the older the lighter; time in which nothing runs makes nothing older.
        self._done = 0.0 if service_seconds is None else 1.0
        self._slot_seconds = service_seconds or 0.0

    def record(self, at: float, load: Load) -> Rates:
        if self._samples:
            self._weigh(at - self._samples[-1][0], self._samples[-1][1], load)
        self._samples.append((at, load))
        while len(self._samples) > 2 and self._samples[1][0] <= at - WINDOW_SECONDS:
            self._samples.popleft()
        begin, first = self._samples[0]
        # Those that still queue are counted as the queue.
        begun = load.running + load.done - first.running - first.done
        return Rates(max(begun, 0) / max(at - begin, WINDOW_SECONDS), self.service_seconds)

    @property
    def service_seconds(self) -> float | None:
        """Slot time over endings. Running jobs count in time alone: right on average, and nobody waits for an ending."""
        if not self._done and not self._slot_seconds:
            return None
        return self._slot_seconds / max(self._done, 1.0)

    def _weigh(self, elapsed: float, before: Load, now: Load) -> None:
        slot_seconds = now.slot_seconds - before.slot_seconds
        kept = math.exp(-elapsed / DECAY_SECONDS) if slot_seconds > 0 else 1.0
        self._done = self._done * kept + now.done - before.done
        self._slot_seconds = self._slot_seconds * kept + slot_seconds


class Autoscaler:
    """Autoscaler of one pool: up at once, down when less was enough for the whole idle time."""

    def __init__(self, meter: LoadMeter) -> None:
        self._meter = meter
        self._recommendations: deque[tuple[float, int]] = deque()

    def desired(self, at: float, load: Load, scaling: ScalingPolicy, present: int) -> int:
        """Return how many pods there should be; ``present`` ones count as desired at the first sample."""
        rates = self._meter.record(at, load)
        if not self._recommendations:
            self._recommendations.append((at, present))
        recommended = self._recommendation(load, rates, scaling)
        if rates.service_seconds is None:
            # A queue of unknown jobs may be done in no time: the first pods will show it.
            recommended = min(recommended, max(1, 2 * present))
        while self._recommendations and self._recommendations[-1][1] <= recommended:
            # The later and larger one outlives it.
            self._recommendations.pop()
        self._recommendations.append((at, recommended))
        while self._recommendations[0][0] < at - scaling.idle_seconds:
            self._recommendations.popleft()
        return min(max(self._recommendations[0][1], scaling.minimum), scaling.maximum)

    def _recommendation(self, load: Load, rates: Rates, scaling: ScalingPolicy) -> int:
        if not load.backlog and not load.running:
            return 0
        wait = max(scaling.target_wait - scaling.start_seconds, scaling.target_wait * MIN_TARGET_SHARE)
        return max(1, math.ceil(needed_slots(load, rates, wait) / scaling.slots - 1e-9))
