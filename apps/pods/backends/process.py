"""Executors as processes of this machine. ``run_stack`` is their parent; this only writes which there should be."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from apps.core.pools import DEFAULT_POOL
from apps.core.times import parse, rfc3339
from apps.pods.backends.port import BackendUnavailable, LogsUnavailable, ObservedPod, Phase, PodRejected, PodSpec
from apps.stack.log_file import last_lines
from apps.stack.process_spec import FIRST_REVISION, ProcessDirectory, ProcessSpec, ProcessStatus

NODE = "local"
# Of what a process wrote last before it failed.
MAX_MESSAGE_LENGTH = 300
NOT_STARTED = "waits for run_stack to start it"


class ProcessBackend:
    """Executors as processes.

    ``cpus`` bounds how many a pool may have; ``default_revision`` is that of pods with nothing but defaults.
    """

    # A new stack begins with no processes.
    vanished_reason = "its stack was stopped"

    def __init__(
        self,
        processes: ProcessDirectory,
        clock: Callable[[], datetime],
        *,
        default_revision: str = "",
        cpus: int | None = None,
    ) -> None:
        self._processes = processes
        self._clock = clock
        self._default_revision = default_revision
        self._cpus = cpus or os.cpu_count() or 1

    def limits(self, pool: str, minimum: int, maximum: int) -> tuple[int, int]:
        """Return the bounds. The default pool always has an executor here: a first job need not wait for it."""
        most = min(maximum, self._cpus)
        least = max(minimum, 1) if pool == DEFAULT_POOL else minimum
        return min(least, most), most

    def observe(self) -> list[ObservedPod]:
        with _os_errors_as_unavailable():
            return [self._observed(spec, self._processes.status(spec.name)) for spec in self._processes.all()]

    def unreachable_namespaces(self) -> dict[str, str]:
        return {}

    def create(self, name: str, spec: PodSpec) -> None:
        references = [key for key, value in spec.env.items() if not isinstance(value, str)]
        if references:
            raise PodRejected(f"there are no Secrets on this machine: {', '.join(sorted(references))}")
        own = {"EXECUTOR_POOL": spec.pool, "EXECUTOR_SLOTS": str(spec.slots), "EXECUTOR_NAME": name}
        process = ProcessSpec(name, spec.pool, spec.revision, rfc3339(self._clock()), {**spec.env, **own})
        with _os_errors_as_unavailable():
            if self._processes.spec(name) is None:
                self._processes.place(process)

    def delete(self, name: str, grace_seconds: int) -> None:
        with _os_errors_as_unavailable():
            self._processes.withdraw(name, grace_seconds, rfc3339(self._clock()))

    def logs(self, name: str, namespace: str, lines: int) -> str:
        with _os_errors_as_unavailable():
            if self._processes.spec(name) is None:
                raise LogsUnavailable("the process is gone, and what it wrote with it")
            if self._processes.status(name) is None:
                raise LogsUnavailable(NOT_STARTED)
            return last_lines(self._processes.log(name), lines)

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def _observed(self, spec: ProcessSpec, status: ProcessStatus | None) -> ObservedPod:
        phase, reason = _phase(status)
        return ObservedPod(
            spec.name,
            spec.pool,
            self._default_revision if spec.revision == FIRST_REVISION else spec.revision,
            phase,
            parse(spec.created_at),
            stop_by=None if spec.grace is None else parse(spec.withdrawn_at) + timedelta(seconds=spec.grace),
            waits=status is None,
            reason=reason,
            termination_message=self._termination_message(spec.name, status),
            node=NODE,
        )

    def _termination_message(self, name: str, status: ProcessStatus | None) -> str:
        failed = status is not None and status.exit_status
        return last_lines(self._processes.log(name), 1).strip()[:MAX_MESSAGE_LENGTH] if failed else ""


@contextmanager
def _os_errors_as_unavailable() -> Iterator[None]:
    """Turn OSError into :class:`BackendUnavailable`: a full disk, say, passes."""
    try:
        yield
    except OSError as error:
        raise BackendUnavailable(f"the files of processes cannot be used: {error.strerror}") from error


def _phase(status: ProcessStatus | None) -> tuple[Phase, str]:
    if status is None:
        return Phase.PENDING, NOT_STARTED
    if status.exit_status is None:
        return Phase.RUNNING, ""
    if status.exit_status < 0:
        return Phase.ENDED, f"ended by signal {-status.exit_status}"
    return Phase.ENDED, f"ended with status {status.exit_status}"
