"""Recommended requests and limits of a pool, from what its executors used, each with its reason.

Memory is the most that any pod held, with headroom: the mark is that of the executor's process alone, and of the jobs so
far. CPU is what a slot uses that works, times the slots, and what an idle pod uses, up to what one process can use; the
limit is twice that, up to the same. What is set now stays where it fits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.pods.planning import quantities
from apps.pods.planning.usage import Usage

# So much has to be measured before anything is said: of many short jobs, or of some that take their time.
MIN_JOBS, MIN_SLOT_SECONDS = 50, 30.0
MIN_SHORT_JOBS = 1000
# Of so much work it is known how many CPUs a pod uses at once.
MIN_WORK_SECONDS = 30.0

MEBIBYTE = 2**20
# The shares, and at least so many bytes more.
MEMORY_REQUEST_HEADROOM, MEMORY_LIMIT_HEADROOM = (1.2, 8 * MEBIBYTE), (1.5, 32 * MEBIBYTE)
MIN_CPU_REQUEST, MIN_CPU_LIMIT = 0.05, 0.5
CPU_LIMIT_FACTOR = 2.0
# What is set now stays up to so much more than would be recommended.
MAX_EXCESS_FACTOR = 1.5


@dataclass(frozen=True, slots=True)
class Bound:
    """A request or a limit, as quantities. ``current`` is empty where none is set that can be read."""

    current: str
    recommended: str

    @property
    def fits(self) -> bool:
        return self.current == self.recommended


@dataclass(frozen=True, slots=True)
class ResourceAdvice:
    """Advice on one resource."""

    # ``memory`` or ``cpu``.
    resource: str
    request: Bound
    limit: Bound
    # For people.
    reason: str

    @property
    def fits(self) -> bool:
        return self.request.fits and self.limit.fits


@dataclass(frozen=True, slots=True)
class Advice:
    """Advice on the resources of a pool."""

    measured: Usage
    # When measuring began.
    since: datetime
    # Empty as long as too little was measured.
    resources: tuple[ResourceAdvice, ...]
    # What is still to be measured; empty when that is enough.
    missing: str = ""

    @property
    def fits(self) -> bool:
        """Return whether what is set now may stay; False before enough was measured."""
        return bool(self.resources) and all(one.fits for one in self.resources)


def advice(usage: Usage, since: datetime, resources: Mapping[str, Any], slots: int) -> Advice:
    """Return the advice. ``resources`` and ``slots`` as the pool has them now; ``since``: when measuring began."""
    enough = usage.jobs >= MIN_SHORT_JOBS or (usage.jobs >= MIN_JOBS and usage.slot_seconds >= MIN_SLOT_SECONDS)
    if not enough:
        awaited = f"{MIN_JOBS} jobs and {MIN_SLOT_SECONDS:.0f} s of their time, or {MIN_SHORT_JOBS:,} jobs"
        seen = f"{usage.jobs} jobs and {usage.slot_seconds:.0f} s"
        return Advice(usage, since, (), f"too little was measured: {seen} so far; {awaited} are needed")
    return Advice(usage, since, (_memory(usage, resources), _cpu(usage, resources, slots)))


def _memory(usage: Usage, resources: Mapping[str, Any]) -> ResourceAdvice:
    most = usage.memory
    request = _bound(
        _current(resources, "requests", "memory"),
        most,
        quantities.memory(_with_headroom(most, MEMORY_REQUEST_HEADROOM)),
    )
    # Whatever stays as request, the limit lies above it.
    asked = int(quantities.parse(request.recommended))
    wanted = max(_with_headroom(most, MEMORY_LIMIT_HEADROOM), asked)
    limit = _bound(_current(resources, "limits", "memory"), max(1.25 * most, asked), quantities.memory(wanted))
    return ResourceAdvice(
        "memory", request, limit, f"the most that a pod was seen to hold is {most / MEBIBYTE:.0f} MiB"
    )


def _with_headroom(size: int, rule: tuple[float, int]) -> int:
    share, least = rule
    return max(round(size * share), size + least)


def _cpu(usage: Usage, resources: Mapping[str, Any], slots: int) -> ResourceAdvice:
    needed, most = cpu_needed(usage, slots), max_cpu(usage)
    request = _bound(_current(resources, "requests", "cpu"), needed, quantities.cpu(max(needed, MIN_CPU_REQUEST)))
    asked = float(quantities.parse(request.recommended))
    # It is allowed no more than it can use, and enough to start in some seconds.
    wanted = max(min(asked * CPU_LIMIT_FACTOR, most), asked, MIN_CPU_LIMIT)
    limit = _bound(_current(resources, "limits", "cpu"), max(asked, MIN_CPU_LIMIT), quantities.cpu(wanted))
    if needed == most:
        reason = f"{slots} slots that work use all that one process can: {most:.2f} CPUs"
    else:
        slot, idle = slot_cpu(usage), idle_cpu(usage)
        reason = f"a slot that works uses {slot:.3f} CPUs, an idle pod {idle:.3f}: {slots} slots need {needed:.2f}"
    return ResourceAdvice("cpu", request, limit, reason)


def cpu_needed(usage: Usage, slots: int) -> float:
    """Return how many CPUs a pod uses all of whose slots work."""
    return min(slot_cpu(usage) * slots + idle_cpu(usage), max_cpu(usage))


def idle_cpu(usage: Usage) -> float:
    """Return the CPUs that an idle pod uses."""
    return usage.idle_cpu_seconds / max(usage.idle_seconds, 1.0)


def slot_cpu(usage: Usage) -> float:
    """Return the CPUs that a slot uses while it works: what pods used beyond what they use in any case."""
    work = max(usage.cpu_seconds - idle_cpu(usage) * usage.work_seconds, 0.0)
    # Jobs of no length have a share of a slot all the same.
    return work / max(usage.slot_seconds, 1e-3)


def max_cpu(usage: Usage) -> float:
    """Return the CPUs that a pod can use.

    An executor is one process, whose threads share one CPU but for what libraries do outside of Python, as far as that
    was seen.
    """
    return max(1.0, usage.cpu_seconds / max(usage.work_seconds, MIN_WORK_SECONDS))


def _bound(current: str, least: float, recommended: str) -> Bound:
    """Return what is set if it is at least ``least`` and not too generous, else what is recommended."""
    if current and least <= quantities.parse(current) <= quantities.parse(recommended) * Decimal(MAX_EXCESS_FACTOR):
        return Bound(current, current)
    return Bound(current, recommended)


def _current(resources: Mapping[str, Any], kind: str, name: str) -> str:
    found = str((resources.get(kind) or {}).get(name, ""))
    try:
        quantities.parse(found)
    except ValueError:
        return ""
    return found
