"""The counterpart of a kubelet: runs the specified processes as children of the stack."""

import signal
from collections.abc import Callable, Mapping

from apps.stack.child import Child
from apps.stack.log_file import LogFile
from apps.stack.process_spec import ProcessDirectory, ProcessSpec, ProcessStatus
from apps.stack.supervisor import Supervisor


class Node:
    """A runner of processes. ``build`` makes the child of a spec's name and environment. Times are monotonic, in s."""

    def __init__(
        self, processes: ProcessDirectory, supervisor: Supervisor, build: Callable[[str, Mapping[str, str]], Child]
    ) -> None:
        self._processes = processes
        self._supervisor = supervisor
        self._build = build
        self._children: dict[str, Child] = {}
        # When those that were asked to end are killed.
        self._kill_at: dict[str, float] = {}
        # Those that were found ended at the last tick.
        self._ended: set[str] = set()
        # The processes of an earlier stack have ended with it.
        processes.clear()

    def tick(self, now: float) -> None:
        """Start what is missing, end what is withdrawn, report the status of each."""
        for spec in self._processes.all():
            if spec.name not in self._children and spec.grace is None:
                self._start(spec)
            elif spec.grace is not None:
                self._end(spec.name, spec.grace, now)
            self._report(spec.name)

    def _start(self, spec: ProcessSpec) -> None:
        child = self._children[spec.name] = self._build(spec.name, spec.environment)
        self._supervisor.start_once(child, LogFile(self._processes.log(spec.name)))

    def _end(self, name: str, grace: int, now: float) -> None:
        child = self._children.get(name)
        if child is None or not child.runs:
            self._drop(name)
        elif name not in self._kill_at:
            self._kill_at[name] = now + grace
            child.send(signal.SIGTERM)
        elif now > self._kill_at[name]:
            child.send(signal.SIGKILL)

    def _drop(self, name: str) -> None:
        self._processes.forget(name)
        self._kill_at.pop(name, None)
        self._ended.discard(name)
        if child := self._children.pop(name, None):
            self._supervisor.drop(child)

    def _report(self, name: str) -> None:
        child = self._children.get(name)
        if child is None or child.process is None:
            return
        status = ProcessStatus(child.process.pid, child.status)
        if status.exit_status is not None and name not in self._ended:
            # What it wrote last is read before its end is reported.
            self._ended.add(name)
            return
        if self._processes.status(name) != status:
            self._processes.report(name, status)
