"""Large data, one piece at a time: to read or write JSON takes several times its size for a moment, of a memory that all
slots share."""

import threading

# What an attempt may hand back, as JSON.
MAX_OUTCOME_BYTES = 256 * 1024
# Held while JSON is read or written, never while anything is waited for. It costs no time: the interpreter does one at a
# time in any case.
JSON_LOCK = threading.Lock()
# Each of these stays what it is in whatever way the JSON is written.
_LASTING = (b"[", b"{", b",", b":", b'"')


def is_surely_too_large(body: bytes | bytearray) -> bool:
    """Return whether what ``body`` says is larger than an outcome may be, however it is written."""
    return len(body) > MAX_OUTCOME_BYTES and sum(map(body.count, _LASTING)) > MAX_OUTCOME_BYTES
