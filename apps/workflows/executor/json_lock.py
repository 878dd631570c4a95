"""Large data, one piece at a time: to read or write JSON takes several times its size for a moment, of a memory that all
slots share."""

import threading
import time
from types import TracebackType

# What an attempt may hand back, as JSON.
MAX_OUTCOME_BYTES = 256 * 1024


class TimedLock:
    """A lock that knows for how long it is held."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since: float | None = None

    def __enter__(self) -> None:
        self._lock.acquire()
        self._since = time.monotonic()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._since = None
        self._lock.release()

    def held_seconds(self) -> float:
        """Return for how long it is held now; 0 if it is free."""
        since = self._since
        return 0.0 if since is None else time.monotonic() - since


# Held while JSON is read or written, never while anything is waited for. It costs no time: the interpreter does one at a
# time in any case.
JSON_LOCK = TimedLock()
# Each of these stays what it is in whatever way the JSON is written.
_LASTING = (b"[", b"{", b",", b":", b'"')


def is_surely_too_large(body: bytes | bytearray) -> bool:
    """Return whether what ``body`` says is larger than an outcome may be, however it is written."""
    return len(body) > MAX_OUTCOME_BYTES and sum(map(body.count, _LASTING)) > MAX_OUTCOME_BYTES
