"""A container's process: what an image says, run with a pod's environment."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from apps.core.env import BASE_DIR
from apps.stack.tether import tied_command
from tests.kube import container_init

# What a shell adds to the number of the signal that ended a process.
SIGNALLED = 128
_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True)
class Image:
    """``environment`` is what every container of it has."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


class Container:
    """It runs from the beginning. ``directory`` takes its log."""

    def __init__(self, host_name: str, command: Sequence[str], environment: Mapping[str, str], directory: Path) -> None:
        self._log = directory / "log"
        init = [sys.executable, container_init.__file__, host_name, *tied_command(command)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                init,
                cwd=BASE_DIR,
                # Nothing of the test's own: a pod has what its manifest says.
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def exit_code(self) -> int | None:
        """As a container runtime tells it; None while it runs."""
        status = self._process.poll()
        return SIGNALLED - status if status is not None and status < 0 else status

    def peak_memory(self) -> int:
        """The most that it ever used, in bytes: a limit is broken at once, however short the peak."""
        try:
            found = _PEAK.search(Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii"))
        except (FileNotFoundError, ProcessLookupError):
            return 0
        return int(found[1]) * 1024 if found else 0

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def pause(self) -> None:
        """It hangs."""
        self._signal(signal.SIGSTOP)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        self._process.wait()

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def _signal(self, number: int) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, number)
