"""Places where pods run, each behind the same few verbs, for the contract of backends."""

import sys
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol

from apps.pods.backends.memory import MemoryBackend
from apps.pods.backends.port import Backend, ObservedPod
from apps.pods.backends.process import ProcessBackend
from apps.stack.child import Child
from apps.stack.node import Node
from apps.stack.process_spec import ProcessDirectory
from apps.stack.supervisor import Supervisor
from tests.support.waiting import eventually

PATIENCE = 180.0
# A program that stands for the executor: it ends when it is told to.
PROGRAM = (
    "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); print('one', 'two', 'up', sep='\\n');"
    "signal.pause()"
)


class World(Protocol):
    backend: Backend
    # Pods write "one", "two", "up" when they start, and the place hands it out.
    keeps_logs: bool

    def now(self) -> datetime:
        """By the clock of the place."""

    def second(self) -> Backend:
        """What a restarted reconciler has."""

    def kill(self, name: str) -> None:
        """End the pod from outside, uncleanly."""

    def turn(self) -> None:
        """Let the place do what it does by itself."""

    def close(self) -> None: ...


class MemoryWorld:
    keeps_logs = True

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.now = clock
        self.backend = MemoryBackend(clock)

    def second(self) -> Backend:
        return self.backend

    def kill(self, name: str) -> None:
        self.backend.end(name, "killed")

    def turn(self) -> None:
        """Its looks are its turns."""

    def close(self) -> None:
        """Nothing runs."""


class ProcessWorld:
    keeps_logs = True

    def __init__(self, clock: Callable[[], datetime], directory: Path, program: str = PROGRAM) -> None:
        self.now = clock
        self._processes = ProcessDirectory(directory)
        self.lines: list[str] = []
        self.supervisor = Supervisor(self.lines.append)
        self.children: dict[str, Child] = {}
        self._program = program
        self._node = Node(self._processes, self.supervisor, self._build)
        self.backend = self.second()

    def _build(self, name: str, environment: Mapping[str, str]) -> Child:
        self.children[name] = Child(name, [sys.executable, "-c", self._program], environment)
        return self.children[name]

    def second(self) -> Backend:
        return ProcessBackend(self._processes, self.now, cpus=100)

    def kill(self, name: str) -> None:
        process = self.children[name].process
        assert process is not None
        process.kill()
        process.wait()

    def turn(self) -> None:
        self.supervisor.tick(0.02)
        self._node.tick(time.monotonic())

    def close(self) -> None:
        self.supervisor.stop(5.0)


def until(world: World, holds: Callable[[list[ObservedPod]], bool]) -> list[ObservedPod]:
    """Look until what is seen is as it should be."""
    pods: list[ObservedPod] = []

    def seen() -> bool:
        world.turn()
        pods[:] = world.backend.observe()
        return holds(pods)

    try:
        eventually(seen, PATIENCE)
    except AssertionError as error:
        error.add_note(f"{pods}")
        raise
    return pods
