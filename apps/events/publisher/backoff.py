"""How long to wait before the next try."""

import random

FIRST_SECONDS = 0.2
# Under the publisher's lease: one that waits for the bus keeps it.
LONGEST_SECONDS = 3.0
JITTER = 0.25


class Backoff:
    """Twice as long each time, give or take a share, so that many do not come back at one moment."""

    def __init__(self) -> None:
        self._tries = 0

    def longer(self) -> float:
        """Seconds to wait after one more fault."""
        delay = min(FIRST_SECONDS * 2.0**self._tries, LONGEST_SECONDS)
        self._tries = min(self._tries + 1, 30)
        return delay * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311

    def reset(self) -> None:
        self._tries = 0
