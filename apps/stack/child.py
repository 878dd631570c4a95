"""A child process of the stack, and its restarts."""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from apps.core.env import BASE_DIR
from apps.stack.tether import tied_command

# A process that lived so long had not failed to start.
STABLE_SECONDS = 10.0
INITIAL_DELAY_SECONDS = 0.5
MAX_DELAY_SECONDS = 15.0


class Child:
    """A command under supervision. Times are of a monotonic clock, in seconds."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        environment: Mapping[str, str] | None = None,
        inherits: Callable[[str], bool] = lambda name: True,
    ) -> None:
        self.name = name
        self.command = [str(part) for part in command]
        self.environment = dict(environment or {})
        # Which variables of the stack's own environment the command gets.
        self._inherits = inherits
        # Open files that the command inherits.
        self.inherits: tuple[int, ...] = ()
        self.process: subprocess.Popen[bytes] | None = None
        # When to start it again; None while it runs.
        self.due_at: float | None = 0.0
        self._started_at = 0.0
        self._quick_deaths = 0

    @property
    def status(self) -> int | None:
        """Return the exit status of the process that was started last; None while it runs."""
        return self.process.poll() if self.process else None

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self, now: float) -> int:
        """Start it. Returns the reading end of its output, errors included, which the caller has to close."""
        self._started_at, self.due_at = now, None
        output, written = os.pipe()
        try:
            self.process = subprocess.Popen(  # noqa: S603
                tied_command(self.command),
                cwd=BASE_DIR,
                env={**self._inherited(), "PYTHONUNBUFFERED": "1", **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=written,
                pass_fds=self.inherits,
            )
        finally:
            os.close(written)
        return output

    def _inherited(self) -> dict[str, str]:
        return {name: value for name, value in os.environ.items() if self._inherits(name)}

    def plan_restart(self, now: float) -> float:
        """Set when the dead process is started again: at once, or ever later if it dies young. Returns the delay."""
        self._quick_deaths = self._quick_deaths + 1 if now - self._started_at < STABLE_SECONDS else 0
        delay = (
            min(INITIAL_DELAY_SECONDS * 2 ** (self._quick_deaths - 1), MAX_DELAY_SECONDS) if self._quick_deaths else 0.0
        )
        self.due_at = now + delay
        return delay

    def send(self, number: int) -> None:
        if self.runs and self.process is not None:
            self.process.send_signal(number)
