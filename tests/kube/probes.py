"""A container's probes: the manifest's commands, run when they are due, and what they say by then."""

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Body = Mapping[str, Any]


class Probe:
    """One of them. ``mapped`` tells where a path of the container lies on this machine."""

    def __init__(self, spec: Body, mapped: Callable[[str], str], environment: Mapping[str, str]) -> None:
        self._command: Sequence[str] = [mapped(part) for part in spec["exec"]["command"]]
        self._environment = environment
        self._period = float(spec.get("periodSeconds", 10))
        self._timeout = float(spec.get("timeoutSeconds", 1))
        self._threshold = int(spec.get("failureThreshold", 3))
        self._due = 0.0
        self._failures = 0
        self.succeeded = False

    @property
    def failed(self) -> bool:
        """So often in a row that it counts."""
        return self._failures >= self._threshold

    def turn(self) -> None:
        """Run the command, if it is due."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + self._period
        self.succeeded = self._run()
        self._failures = 0 if self.succeeded else self._failures + 1

    def _run(self) -> bool:
        try:
            done = subprocess.run(
                self._command, env=dict(self._environment), capture_output=True, timeout=self._timeout, check=False
            )
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0


class Probes:
    """The three of a container: started once, then ready or not, and to be killed when it is dead."""

    def __init__(self, container: Body, mapped: Callable[[str], str], environment: Mapping[str, str]) -> None:
        self._startup, self._readiness, self._liveness = (
            Probe(container[name], mapped, environment) if name in container else None
            for name in ("startupProbe", "readinessProbe", "livenessProbe")
        )

    @property
    def started(self) -> bool:
        return self._startup is None or self._startup.succeeded

    @property
    def ready(self) -> bool:
        return self.started and (self._readiness is None or self._readiness.succeeded)

    @property
    def dead(self) -> bool:
        return any(probe is not None and probe.failed for probe in (self._startup, self._liveness))

    def turn(self) -> None:
        due = [self._startup] if not self.started else [self._readiness, self._liveness]
        for probe in due:
            if probe is not None:
                probe.turn()
