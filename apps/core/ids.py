"""Identifiers that sort by time: UUID version 7 (RFC 9562, section 5.7).

Random ones would touch another page of every index with each row; these go to its end.
"""

import os
import time
import uuid

_VERSION_AND_VARIANT = (7 << 76) | (2 << 62)
_RANDOM_BITS = ~((0xF << 76) | (0x3 << 62)) & ((1 << 80) - 1)


def uuid7(milliseconds: int | None = None) -> uuid.UUID:
    """A UUID of the time given in milliseconds since 1970, now by default; the other bits are random."""
    moment = time.time_ns() // 1_000_000 if milliseconds is None else milliseconds
    random = int.from_bytes(os.urandom(10)) & _RANDOM_BITS
    return uuid.UUID(int=moment << 80 | _VERSION_AND_VARIANT | random)
