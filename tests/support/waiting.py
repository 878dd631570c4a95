"""Waiting for what another thread or process does."""

import threading
import time
from collections.abc import Callable

# What is asked for comes within moments, but on a busy machine.
PATIENCE_SECONDS = 60.0


def eventually(holds: Callable[[], bool], patience: float = PATIENCE_SECONDS) -> None:
    """Return as soon as ``holds()``; fail after ``patience`` seconds."""
    deadline = time.monotonic() + patience
    pause = threading.Event()
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        pause.wait(0.01)


def pass_by(seconds: float) -> None:
    """Let time pass: for what is defined by how long something lasts, not for what will have happened by then."""
    threading.Event().wait(seconds)
