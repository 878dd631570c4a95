"""The port between the reconciler and a place where pods run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class Phase(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class PodSpec:
    """A pod to be made."""

    # Name of its pool.
    pool: str
    # Differs where anything else does.
    revision: str
    # Jobs that it runs at the same time.
    slots: int
    # Empty where the place runs no images.
    image: str = ""
    # ``requests`` and ``limits``, each a quantity by resource.
    resources: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    # By name: a text, or ``{"secret": name, "key": key}`` where there are Secrets.
    env: Mapping[str, Any] = field(default_factory=dict)
    # A Secret whose keys are all in the environment, behind ``env``; empty: none.
    secret: str = ""
    # Labels beside those that all pods have.
    labels: Mapping[str, str] = field(default_factory=dict)
    # Labels that its node must have.
    node_selector: Mapping[str, str] = field(default_factory=dict)
    # Tolerations of node taints, as Kubernetes writes them.
    tolerations: Sequence[Mapping[str, Any]] = ()
    # Empty: the namespace's default.
    service_account: str = ""
    # Empty: that of the installation.
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class ObservedPod:
    """A pod as its place reports it."""

    name: str
    # Name of its pool, which may be gone.
    pool: str
    # Revision of the spec that it was made from.
    revision: str
    phase: Phase
    created_at: datetime
    # When it has to have ended; None unless it was told to end.
    stop_by: datetime | None = None
    # Whether it waits for what only the place can change.
    waits: bool = False
    # Whether it will not work by waiting; ``reason`` says why.
    broken: bool = False
    # Why it is as it is, for people.
    reason: str = ""
    # Empty where there are none.
    namespace: str = ""
    # Empty until it has one.
    node: str = ""
    # When it got its node, where that may take time.
    placed_at: datetime | None = None
    # Whether that node has not reported yet that it knows of the pod.
    unanswered: bool = False
    # Last line that it wrote before it failed; it may hold data of jobs.
    termination_message: str = ""
    # How often its container was started again.
    restarts: int = 0
    # No other pod has it, not even a later one of the same name; empty where the place has none.
    uid: str = ""

    @property
    def stopping(self) -> bool:
        return self.stop_by is not None


class BackendUnavailable(Exception):
    """Failure to reach the place: nothing is known of what was asked. ``retry_after``: seconds, if it named them."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class PodRejected(Exception):
    """Refusal of the place to make this pod, such as for a quota; the message is the reason."""


DELETED_EXTERNALLY = "deleted from outside"


class LogsUnavailable(Exception):
    """Absence of a log of this pod, maybe only for now; the message is the reason, for people."""


class Backend(Protocol):
    """A place where pods run. Its methods may be called from several threads.

    All but :meth:`limits` raise :class:`BackendUnavailable`. ``vanished_reason``: why a pod is gone that nobody ended.
    """

    vanished_reason: str

    def limits(self, pool: str, minimum: int, maximum: int) -> tuple[int, int]:
        """Return the pool's minimum and maximum of pods, within what the place can bear."""

    def observe(self) -> list[ObservedPod]:
        """Return all pods of ours, those of pools that are unknown here, too."""

    def unreachable_namespaces(self) -> Mapping[str, str]:
        """Return the namespaces, as pools name them, that the last look could not see into, each with the reason.

        Their pods are not gone.
        """

    def create(self, name: str, spec: PodSpec) -> None:
        """Make a pod; one of this name that is there already will do. Raises :class:`PodRejected`."""

    def delete(self, name: str, grace_seconds: int) -> None:
        """End the pod that was observed within the grace; one that is gone will do."""

    def logs(self, name: str, namespace: str, lines: int) -> str:
        """Return the last ``lines`` that the pod wrote, the oldest first. ``namespace`` as it was observed.

        Raises :class:`LogsUnavailable` for a pod that is gone. One that has not started has written nothing, or says so by it.
        """

    def close(self) -> None:
        """Release what is held open; the pods go on."""
