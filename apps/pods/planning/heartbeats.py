"""The work that pods do, as executors and the database report it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The last report of an executor about itself; it exists only while it is fresh."""

    # Jobs that it holds.
    busy: int = 0
    # Jobs that ended since it started; only grows.
    done: int = 0
    # Seconds that its slots spent on jobs since it started; only grows.
    slot_seconds: float = 0.0
    # Token of the draining that it has confirmed; empty: none.
    drained: str = ""
    # Peak of its memory, in bytes.
    memory: int = 0
    # CPU time since it started, in seconds; only grows.
    cpu_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class WorkloadState:
    """The queues and the executors at one moment."""

    # Changes when the queues were lost or built anew.
    mark: str
    # Ready jobs by pool.
    backlog: Mapping[str, int]
    # Running jobs by executor, as recorded for good: at least of the executors asked about.
    busy: Mapping[str, int]
    # By executor.
    heartbeats: Mapping[str, Heartbeat]
