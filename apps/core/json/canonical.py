"""One text for equal JSON values, whatever the order of their keys: for hashes, cache keys and comparisons."""

import hashlib
import json
from typing import Any


def dumps(value: Any) -> str:
    """Return compact JSON with sorted keys. Raises ValueError for NaN and infinities, TypeError for other types."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256(value: Any) -> str:
    """Return the hash of the canonical text, in hex."""
    return hashlib.sha256(dumps(value).encode()).hexdigest()
