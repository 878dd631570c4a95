"""Supervision of children: restarts them, and shows their output line by line with the child's name."""

import os
import selectors
import signal
import time
from collections.abc import Callable, Iterator, Sequence

from apps.stack.child import Child
from apps.stack.log_file import LogFile

TICK_SECONDS = 0.2
CHUNK_BYTES = 65536
NAME_WIDTH = 11


class _Output:
    """The pipe of one process, and the log of its lines. It outlives the process while grandchildren hold it."""

    def __init__(self, child: Child, descriptor: int, log: LogFile | None) -> None:
        self.child = child
        self.descriptor = descriptor
        self._log = log
        self.is_open = True
        self._rest = b""

    def lines(self) -> Iterator[str]:
        """Yield the lines that can be read now. At the end of the output, it is no longer open."""
        data = os.read(self.descriptor, CHUNK_BYTES)
        *whole, self._rest = (self._rest + data).split(b"\n")
        if not data or len(self._rest) > CHUNK_BYTES:
            whole, self._rest = [*whole, self._rest], b""
        self.is_open = bool(data)
        for line in whole:
            if text := line.decode(errors="replace").rstrip():
                yield text

    def keep(self, lines: Sequence[str]) -> None:
        """Log the lines. Raises ``OSError``, after which nothing more is logged."""
        try:
            if self._log and lines:
                self._log.write(lines)
        except OSError:
            self.end_log()
            raise

    def end_log(self) -> None:
        if self._log:
            self._log.close()
        self._log = None


class Supervisor:
    """A single-threaded supervisor: the kernel ties a child's life to the thread that started it (see tether)."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self._children: list[Child] = []
        self._started_once: list[Child] = []
        self._selector = selectors.DefaultSelector()

    def say(self, text: str, name: str = "stack") -> None:
        self._write(f"{name:<{NAME_WIDTH}} | {text}")

    def add(self, child: Child) -> None:
        """Start the child, and start it again whenever it ends."""
        self._children.append(child)
        self._start(child)

    def start_once(self, child: Child, log: LogFile) -> None:
        """Start the child and never restart it. Its output is also logged."""
        self._started_once.append(child)
        self._start(child, log)

    def drop(self, child: Child) -> None:
        """Forget a child of :meth:`start_once` that has ended; the rest of its output is shown, but not logged."""
        self._started_once.remove(child)
        self._end_logs([child])

    def tick(self, timeout: float = TICK_SECONDS) -> None:
        """Show new output, restart what has ended. Waits for output at most ``timeout`` seconds."""
        self._show(timeout)
        now = time.monotonic()
        for child in self._children:
            self._restart_if_ended(child, now)

    def run(self, child: Child, stopping: Callable[[], bool]) -> int | None:
        """Run a command to its end. Returns its exit status, or None if stopped first."""
        self._start(child)
        while child.runs and not stopping():
            self.tick()
        child.send(signal.SIGTERM)
        self._show(0)
        return None if stopping() else child.status

    def stop(self, patience: float, last: Sequence[Child] = ()) -> None:
        """End all children within ``patience`` seconds, those in ``last`` after the others."""
        deadline = time.monotonic() + patience
        others = [child for child in [*self._children, *self._started_once] if child not in last]
        self._end(others, deadline - 1)
        self._end(last, deadline)
        self._end_logs(self._started_once)
        self._children.clear()
        self._started_once.clear()

    def _start(self, child: Child, log: LogFile | None = None) -> None:
        output = _Output(child, child.start(time.monotonic()), log)
        self._selector.register(output.descriptor, selectors.EVENT_READ, output)

    def _restart_if_ended(self, child: Child, now: float) -> None:
        if child.runs:
            return
        if child.due_at is None:
            delay = child.plan_restart(now)
            again = f"in {delay:g} s" if delay else "at once"
            self.say(f"{child.name} ended with status {child.status}; it is started again {again}")
        if child.due_at is not None and child.due_at <= now:
            self._start(child)

    def _show(self, timeout: float) -> None:
        for key, _ in self._selector.select(timeout):
            output: _Output = key.data
            lines = list(output.lines())
            for line in lines:
                self.say(line, output.child.name)
            try:
                output.keep(lines)
            except OSError as error:
                # Such as a full disk: no reason to end anything.
                self.say(f"what {output.child.name} writes is kept no longer: {error}")
            if not output.is_open:
                self._selector.unregister(output.descriptor)
                os.close(output.descriptor)
                output.end_log()

    def _end_logs(self, children: Sequence[Child]) -> None:
        for key in self._selector.get_map().values():
            if key.data.child in children:
                key.data.end_log()

    def _end(self, children: Sequence[Child], deadline: float) -> None:
        for child in children:
            child.send(signal.SIGTERM)
        while any(child.runs for child in children) and time.monotonic() < deadline:
            self._show(TICK_SECONDS)
        for child in children:
            if child.runs:
                self.say(f"{child.name} did not end in time and is killed")
                child.send(signal.SIGKILL)
