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
    """A pod as the reconciler sees it at one moment.

    ``busy`` is how many jobs it holds, by SQL or by its leases. ``drained``: it has confirmed that it takes no more and
    holds none. ``leaving``: a person asked for its end, or that was begun. ``idle_since`` is None while it is busy.
    """

    name: str
    state: PodState
    revision: str
    busy: int = 0
    drained: bool = False
    leaving: bool = False
    idle_since: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PoolTarget:
    """What a pool should be.

    ``desired`` pods of ``revision``, never more than ``maximum`` that exist in any state but ENDED. ``surge``: by how many
    a rollout may exceed ``desired``. ``starts_at_once`` bounds the pods that are starting. ``may_create`` is False during
    back-off; ``may_shrink`` while it is not known what is busy. ``grace_seconds`` is what a deleted pod has to end.
    """

    desired: int
    maximum: int
    revision: str
    surge: int = 1
    starts_at_once: int = 5
    grace_seconds: int = 30
    cordoned: bool = False
    may_create: bool = True
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
