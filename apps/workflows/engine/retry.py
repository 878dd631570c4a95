"""Retry policies: whether a failed attempt is tried again, and after how long (contract §1, ``retry``)."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.core import durations

DEFAULT_ON = ("timeout", "connect", "error", "http_5xx", "http_429")
# Failures that another try cannot mend: the data or the template is wrong.
# The last two are of requests that a server has accepted: they are not sent again because its answer is odd.
NEVER = frozenset({"validation", "missing_path", "secret_missing", "too_large", "redirect"})
# A lost attempt is not the job's fault: its own budget, apart from ``maxAttempts``.
MAX_LOSSES = 10
# From the second loss on a job runs alone: it may be what kills its neighbours.
LOSSES_BEFORE_ALONE = 2
# A server's Retry-After is honoured up to this many seconds.
MAX_RETRY_AFTER = 3600.0

_HTTP = re.compile(r"http_([0-9])[0-9]{2}")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """A step's policy: which errors are tried again, how often, and after which delay."""

    # The first attempt counts.
    max_attempts: int = 3
    # Seconds.
    initial_delay: float = 1.0
    # Of each delay to the one before.
    factor: float = 2.0
    # Seconds.
    max_delay: float = 300.0
    # A share of the delay, added or taken off.
    jitter: float = 0.1
    # Codes of errors, or classes of them.
    on: frozenset[str] = frozenset(DEFAULT_ON)

    @classmethod
    def read(cls, written: Mapping[str, Any] | None) -> "RetryPolicy":
        """Read the policy as a template writes it; without one, a single attempt."""
        if written is None:
            return cls(max_attempts=1)
        return cls(
            max_attempts=written.get("maxAttempts", 3),
            initial_delay=durations.parse(written.get("initialDelay", "1s")),
            factor=written.get("factor", 2),
            max_delay=durations.parse(written.get("maxDelay", "5m")),
            jitter=written.get("jitter", 0.1),
            on=frozenset(written.get("on", DEFAULT_ON)),
        )

    def delay(self, code: str, failures: int, seed: str, retry_after: float | None = None) -> float | None:
        """Return the seconds until the next attempt, or None when there is none.

        ``failures`` counts this one. ``seed`` makes the jitter: the same failure always waits equally long.
        """
        if failures >= self.max_attempts or not self._covers(code):
            return None
        try:
            plain = min(self.initial_delay * float(self.factor) ** (failures - 1), self.max_delay)
        except OverflowError:
            plain = self.max_delay
        spread = int.from_bytes(hashlib.blake2b(seed.encode(), digest_size=4).digest()) / 2**31 - 1
        delay = plain * (1 + self.jitter * spread)
        return max(delay, min(retry_after or 0.0, MAX_RETRY_AFTER))

    def _covers(self, code: str) -> bool:
        if code in NEVER:
            return False
        http = _HTTP.fullmatch(code)
        if http:
            return code in self.on or f"http_{http[1]}xx" in self.on
        return code in self.on or "error" in self.on
