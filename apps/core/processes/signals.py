"""What the processes of the product have in common: a name, and an end when they are told to end."""

import os
import signal
import socket
import threading
import uuid


def unique_name() -> str:
    """Where this process runs, and what no other has: ``host:pid:random``."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def stop_on(*numbers: signal.Signals) -> threading.Event:
    """Set once one of the signals comes. For the main thread."""
    stop = threading.Event()
    for number in numbers:
        signal.signal(number, lambda *_: stop.set())
    return stop
