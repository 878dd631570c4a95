"""What an executor has done and used, for its heartbeat: the numbers that pools are scaled and sized by."""

import resource
import sys
import threading
import time
from typing import Any

# Linux counts the most memory in KiB, macOS in bytes.
MEMORY_UNIT = 1 if sys.platform == "darwin" else 1024


class Meter:
    """Counts jobs and the time they take. Used by all slots at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._began: dict[str, float] = {}
        self._done = 0
        self._seconds = 0.0

    def begin(self, claim_id: str) -> None:
        with self._lock:
            self._began[claim_id] = time.monotonic()

    def end(self, claim_id: str) -> None:
        with self._lock:
            self._seconds += time.monotonic() - self._began.pop(claim_id)
            self._done += 1

    def reading(self) -> dict[str, Any]:
        """Jobs that ended; seconds of slots on jobs, running ones included; the most memory, in bytes; CPU seconds."""
        now = time.monotonic()
        with self._lock:
            done, seconds = self._done, self._seconds + sum(now - began for began in self._began.values())
        used = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "done": done,
            "slotSeconds": round(seconds, 3),
            "memory": used.ru_maxrss * MEMORY_UNIT,
            "cpuSeconds": round(used.ru_utime + used.ru_stime, 3),
        }
