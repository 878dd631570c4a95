"""Jobs done and resources used by an executor, for its heartbeat: the numbers that pools are scaled and sized by."""

import re
import resource
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

# Where Linux counts it for this program alone; that of getrusage includes the process that started it.
STATUS_FILE = Path("/proc/self/status")
PEAK_MEMORY = re.compile(rb"^VmHWM:\s+(\d+) kB$", re.MULTILINE)
# Elsewhere getrusage has it: macOS counts in bytes, others in KiB.
RUSAGE_MEMORY_UNIT = 1 if sys.platform == "darwin" else 1024


class UsageMeter:
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
            "memory": peak_memory(),
            "cpuSeconds": round(used.ru_utime + used.ru_stime, 3),
        }


def peak_memory() -> int:
    """Return the most that this process ever held, in bytes."""
    with suppress(OSError):
        if found := PEAK_MEMORY.search(STATUS_FILE.read_bytes()):
            return int(found[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RUSAGE_MEMORY_UNIT
