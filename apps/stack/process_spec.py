"""The interface between the process backend and the stack: a directory with a few files per pod.

``<name>.spec`` is written by who wants the process, ``<name>.status`` by the stack, whose child it is; ``<name>.log`` is
what the process wrote last. So a reconciler that dies leaves the processes alone, and its successor finds them; none
outlives the stack.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from apps.stack.log_file import rotated

SPEC, STATUS, LOG = ".spec", ".status", ".log"
# The revision of a pod with nothing but defaults, which the stack starts before there is a reconciler.
FIRST_REVISION = "first"


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """A process that should exist."""

    # Unique; also the name of the executor.
    name: str
    # The pool that it belongs to.
    pool: str
    # The revision of the pool's definition that it was made by.
    revision: str
    # RFC 3339.
    created_at: str
    # Variables on top of the stack's own environment.
    environment: Mapping[str, str]
    # Seconds to end after ``withdrawn_at``; None while it should run.
    grace: int | None = None
    # RFC 3339; empty while it should run.
    withdrawn_at: str = ""


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """The state of a process. ``exit_status`` is None while it runs."""

    pid: int
    exit_status: int | None = None


class ProcessDirectory:
    """The directory of all specs, statuses and logs."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def place(self, spec: ProcessSpec) -> None:
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._write(spec.name + SPEC, asdict(spec))

    def withdraw(self, name: str, grace: int, at: str) -> None:
        """Have the process end within ``grace`` seconds from ``at``; nothing if there is no such spec."""
        spec = self.spec(name)
        if spec is not None:
            self.place(replace(spec, grace=grace, withdrawn_at=at))

    def all(self) -> list[ProcessSpec]:
        names = sorted(path.stem for path in self._directory.glob("*" + SPEC))
        return [spec for spec in map(self.spec, names) if spec is not None]

    def spec(self, name: str) -> ProcessSpec | None:
        found = self._read(name + SPEC)
        return None if found is None else ProcessSpec(**found)

    def status(self, name: str) -> ProcessStatus | None:
        found = self._read(name + STATUS)
        return None if found is None else ProcessStatus(**found)

    def report(self, name: str, status: ProcessStatus) -> None:
        self._write(name + STATUS, asdict(status))

    def log(self, name: str) -> Path:
        """Return the path of the process's log."""
        return self._directory / (name + LOG)

    def forget(self, name: str) -> None:
        log = self.log(name)
        for path in (self._directory / (name + SPEC), self._directory / (name + STATUS), log, rotated(log)):
            path.unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove all files, unreadable ones and drafts of writers that were killed included."""
        for spec in self._directory.glob("*" + SPEC):
            self.forget(spec.stem)
        for draft in self._directory.glob(".*"):
            draft.unlink(missing_ok=True)

    def _write(self, name: str, content: dict[str, Any]) -> None:
        draft = self._directory / f".{name}.{os.getpid()}"
        # Its owner's alone: an environment may hold keys.
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(content, file)
        draft.replace(self._directory / name)

    def _read(self, name: str) -> dict[str, Any] | None:
        try:
            text = (self._directory / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        found: dict[str, Any] = json.loads(text)
        return found
