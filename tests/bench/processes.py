"""Child processes, which end with this one, however it ends."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from apps.core.stack import tether
from baseshift.env import BASE_DIR

PATIENCE_SECONDS = 30.0


class Processes:
    """Each by its name; what it writes goes to ``<name>.log`` in ``directory``."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: Sequence[str]) -> int:
        """Start it. Answers its process id."""
        with self.log(name).open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, tether.__file__, str(os.getpid()), *command],
                cwd=BASE_DIR,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._running[name] = process
        return process.pid

    def log(self, name: str) -> Path:
        return self._directory / f"{name}.log"

    def check(self) -> None:
        """Raises ``RuntimeError`` with the last words of a process that has ended by itself."""
        for name, process in self._running.items():
            if process.poll() is not None:
                words = self.log(name).read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{name} ended with status {process.returncode}:\n{words}")

    def stop(self, name: str) -> None:
        process = self._running.pop(name)
        process.terminate()
        try:
            process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def stop_all(self) -> None:
        for name in reversed(list(self._running)):
            self.stop(name)
