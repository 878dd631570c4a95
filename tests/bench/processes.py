"""Child processes, which end with this one, however it ends."""

import os
import subprocess
from pathlib import Path

from apps.core.env import BASE_DIR
from apps.stack.child import Child
from apps.stack.tether import tied_command

PATIENCE_SECONDS = 30.0


class Processes:
    """Each by its name; what it writes goes to ``<name>.log`` in ``directory``."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, child: Child) -> int:
        """Start it as the stack does, but once. Answers its process id."""
        with self.log(child.name).open("ab") as log:
            process = subprocess.Popen(
                tied_command(child.command),
                cwd=BASE_DIR,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **child.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._running[child.name] = process
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
