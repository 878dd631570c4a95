"""A unique name, and an end by signal, for long-running processes."""

import os
import signal
import socket
import threading
import uuid


def unique_name() -> str:
    """Return the host of this process with what no other process has: ``host:pid:random``."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def stop_event(*numbers: signal.Signals) -> threading.Event:
    """Return an event that one of the signals sets. Call it in the main thread."""
    stop = threading.Event()
    for number in numbers:
        signal.signal(number, lambda *_: stop.set())
    return stop
