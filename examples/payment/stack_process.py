"""``run_stack`` as a child process, its output in a file."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from apps.stack import command_lines, readiness
from apps.stack.tether import tied_command

HOST = "127.0.0.1"
# run_stack itself takes up to 30 s.
STOP_SECONDS = 35.0
SHOWN_LINES = 15


class StackEnded(Exception):
    """The stack is not there; the message has the last lines it wrote."""


class StackProcess:
    """Runs from construction to :meth:`stop`; ends with this process in any case."""

    def __init__(self, port: int, log: Path, environment: Mapping[str, str]) -> None:
        self.url = readiness.url_of(HOST, port).rstrip("/")
        self._port = port
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603
                tied_command(command_lines.manage("run_stack", "--port", str(port))),
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def wait_until_ready(self, seconds: float) -> None:
        """Raises :class:`StackEnded` if it ends first, or is not ready in time."""
        deadline = time.monotonic() + seconds

        def may_come() -> bool:
            return self.runs and time.monotonic() < deadline

        if not readiness.wait_until_ready(HOST, self._port, HOST, may_come):
            raise StackEnded(self.last_words())

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def last_words(self) -> str:
        """The end of what it wrote."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-SHOWN_LINES:])
