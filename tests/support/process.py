"""One of the product's processes, with its log in a file."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from apps.core.env import BASE_DIR
from apps.stack import tether

TAIL_LINES = 40
LONGEST_STOP = 60.0


class Process:
    """A command that can be killed, paused and started again. All its runs write to one log."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], directory: Path) -> None:
        self.name = name
        self.command = command
        self.environment = environment
        self.log_path = directory / f"{name}.log"
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._running is not None, f"{self.name} does not run"
        return self._running.pid

    @property
    def runs(self) -> bool:
        return self._running is not None and self._running.poll() is None

    def start(self) -> None:
        # Tethered: a test run that is itself killed leaves no process behind.
        command = [sys.executable, tether.__file__, str(os.getpid()), *self.command]
        with self.log_path.open("ab") as log:
            self._running = subprocess.Popen(
                command,
                cwd=BASE_DIR,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """As a crash does: no last word."""
        self._signal(signal.SIGKILL)
        if self._running is not None:
            self._running.wait()
            self._running = None

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def terminate(self) -> int:
        """Ask it to end, as an operator does; its exit status."""
        self._signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """Its exit status, once it has ended by itself."""
        assert self._running is not None
        status = self._running.wait(timeout=LONGEST_STOP)
        self._running = None
        return status

    def log(self) -> str:
        return self.log_path.read_text(encoding="utf-8", errors="replace") if self.log_path.exists() else ""

    def tail(self) -> str:
        """The end of its log, for a failing test."""
        return "\n".join([f"-- {self.name}", *self.log().splitlines()[-TAIL_LINES:]])

    def _signal(self, number: int) -> None:
        if self.runs and self._running is not None:
            self._running.send_signal(number)
