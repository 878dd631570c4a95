"""Resources that executors use, added up from their heartbeats."""

from dataclasses import dataclass

from apps.pods.planning.heartbeats import Heartbeat


@dataclass(frozen=True, slots=True)
class Usage:
    """Resources that some pods used over some time.

    Seconds are those of pods: two pods have two a second.
    """

    # The most that one of them held, in bytes.
    memory: int = 0
    # CPU time while slots worked.
    cpu_seconds: float = 0.0
    # Time that slots spent on jobs.
    slot_seconds: float = 0.0
    # Jobs that ended.
    jobs: int = 0
    # Time in which slots worked.
    work_seconds: float = 0.0
    # CPU time while no slot worked.
    idle_cpu_seconds: float = 0.0
    # Time in which no slot worked.
    idle_seconds: float = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            max(self.memory, other.memory),
            self.cpu_seconds + other.cpu_seconds,
            self.slot_seconds + other.slot_seconds,
            self.jobs + other.jobs,
            self.work_seconds + other.work_seconds,
            self.idle_cpu_seconds + other.idle_cpu_seconds,
            self.idle_seconds + other.idle_seconds,
        )


def between(before: Heartbeat | None, now: Heartbeat, seconds: float) -> Usage:
    """Return what one executor used between two of its heartbeats, ``seconds`` apart.

    Counters are compared, never taken whole: the first heartbeat that is seen, and the first after the counters began
    anew, count for memory alone. So nothing is counted twice, and nothing of what starting took.
    """
    if before is None or _began_anew(before, now):
        return Usage(memory=now.memory)
    cpu = now.cpu_seconds - before.cpu_seconds
    slots, jobs = now.slot_seconds - before.slot_seconds, now.done - before.done
    if not slots and not jobs:
        return Usage(memory=now.memory, idle_cpu_seconds=cpu, idle_seconds=seconds)
    return Usage(now.memory, cpu, slots, jobs, work_seconds=seconds)


def _began_anew(before: Heartbeat, now: Heartbeat) -> bool:
    return now.done < before.done or now.slot_seconds < before.slot_seconds or now.cpu_seconds < before.cpu_seconds
