"""Waiting for what another thread does."""

import threading
import time
from collections.abc import Callable

PATIENCE_SECONDS = 10.0


def eventually(holds: Callable[[], bool]) -> None:
    """Return as soon as ``holds()``; fail after PATIENCE_SECONDS."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    pause = threading.Event()
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        pause.wait(0.01)
