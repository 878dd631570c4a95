"""Values that plans are made from, and the actions that they are made of."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PodState(StrEnum):
    """State of a pod.

    STARTING has never sent a heartbeat. READY takes jobs. DRAINING takes no more. UNHEALTHY is to be replaced.
    STOPPING was told to end. ENDED runs no longer, whatever is left of it.
    """

    STARTING = "starting"
    READY = "ready"
    DRAINING = "draining"
    UNHEALTHY = "unhealthy"
    STOPPING = "stopping"
    ENDED = "ended"


SERVING = frozenset({PodState.STARTING, PodState.READY})


@dataclass(frozen=True, slots=True)
class PodView:
    """A pod as the reconciler sees it at one moment."""

    name: str
    state: PodState
    # Revision of the spec that it was made from.
    revision: str
    # Jobs that it holds, by SQL or by its leases.
    busy: int = 0
    # Whether it has confirmed that it takes no more jobs and holds none.
    drained: bool = False
    # Whether a person asked for its end, or that was begun.
    leaving: bool = False
    # None while it is busy.
    idle_since: datetime | None = None
    # Why it is in this state, for people.
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PoolTarget:
    """Goal for the pods of a pool."""

    # Pods of ``revision``.
    desired: int
    # Pods that may exist in any state but ENDED.
    maximum: int
    # Revision of the present spec.
    revision: str
    # By how many pods a rollout may exceed ``desired``.
    surge: int = 1
    # Pods that may be starting at the same time.
    starts_at_once: int = 5
    # Time that a deleted pod has to end.
    grace_seconds: int = 30
    # Whether its pods are to take no jobs.
    cordoned: bool = False
    # False during back-off.
    may_create: bool = True
    # False while it is unknown which pods are busy.
    may_shrink: bool = True


@dataclass(frozen=True, slots=True)
class Create:
    """Start so many pods of the pool's present revision."""

    count: int


@dataclass(frozen=True, slots=True)
class Drain:
    """Make the pod stop taking jobs."""

    name: str


@dataclass(frozen=True, slots=True)
class Resume:
    """Have a draining pod take jobs again."""

    name: str


@dataclass(frozen=True, slots=True)
class Delete:
    """End the pod; it gets ``grace_seconds`` to do so."""

    name: str
    grace_seconds: int
    reason: str


Action = Create | Drain | Resume | Delete
