"""The port to the work that pods are for. The app that has the work registers an implementation."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from apps.core.access.policy import Actor
from apps.pods.planning.heartbeats import WorkloadState


class WorkloadUnavailable(Exception):
    """Failure to reach the work: nothing is known of which pods are busy."""


@dataclass(frozen=True, slots=True)
class HeldJob:
    """A job that an executor runs; ``attempt`` counts from 1."""

    workflow_id: UUID
    job_id: str
    attempt: int


class Workload(Protocol):
    """The work of all pools. All but :meth:`jobs` raise :class:`WorkloadUnavailable`."""

    def observe(self, pools: Collection[str], executors: Collection[str]) -> WorkloadState:
        """Return the work of these pools, and what these executors hold."""

    def drain(self, tokens: Mapping[str, str]) -> None:
        """Have these executors take no more jobs. Each confirms by its token; repeating it is right."""

    def resume(self, executors: Collection[str]) -> None:
        """Have these executors take jobs again, or forget about those that are gone."""

    def jobs(self, actor: Actor, executors: Collection[str]) -> Mapping[str, Sequence[HeldJob]]:
        """Return what each of these executors runs, as recorded for good; of that, what the actor may view.

        Raises TooLarge.
        """


_registered: list[Workload] = []


def register(workload: Workload) -> None:
    """Register the work, in AppConfig.ready of the app that has it."""
    _registered[:] = [workload]


def registered() -> Workload:
    """Return the registered work. Raises :class:`WorkloadUnavailable` if no app has any."""
    if not _registered:
        raise WorkloadUnavailable("no app has registered its work")
    return _registered[0]
