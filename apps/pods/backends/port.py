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
    """What a pod is made from; ``revision`` differs where anything else does.

    ``env`` values are texts, or ``{"secret": name, "key": key}`` where there are Secrets. ``secret`` names one whose keys
    are all in the environment, behind ``env``.
    """

    pool: str
    revision: str
    slots: int
    image: str = ""
    resources: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    env: Mapping[str, Any] = field(default_factory=dict)
    secret: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: Sequence[Mapping[str, Any]] = ()
    service_account: str = ""
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class ObservedPod:
    """A pod as its place tells of it. ``stop_by``: it was told to end, by then. ``waits``: for what only the place can change.

    ``broken``: it will not work by waiting; ``reason`` says why. ``namespace`` is empty where there are none.
    ``placed_at``: when it got its node, where that may take time. ``unanswered``: that node has not said that it knows.
    ``termination_message``: the last line that it wrote before it failed; it may tell of jobs. ``uid``: no other pod has it, not even
    a later one of the same name; empty where the place has none.
    """

    name: str
    pool: str
    revision: str
    phase: Phase
    created_at: datetime
    stop_by: datetime | None = None
    waits: bool = False
    broken: bool = False
    reason: str = ""
    namespace: str = ""
    node: str = ""
    placed_at: datetime | None = None
    unanswered: bool = False
    termination_message: str = ""
    restarts: int = 0
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
