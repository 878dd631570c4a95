"""Exponential back-off."""

import random

INITIAL_SECONDS = 0.2
# Under the publisher's lease: one that waits for the bus keeps it.
MAX_SECONDS = 3.0
SPREAD = (0.75, 1.25)


class Backoff:
    """A delay that doubles with each fault, times a random factor within ``spread``: many do not return at once.

    ``first`` and ``longest`` are in seconds.
    """

    def __init__(
        self,
        initial: float = INITIAL_SECONDS,
        maximum: float = MAX_SECONDS,
        spread: tuple[float, float] = SPREAD,
    ) -> None:
        self._initial = initial
        self._maximum = maximum
        self._spread = spread
        self._tries = 0

    def next_delay(self) -> float:
        """Return the seconds to wait after one more fault."""
        delay = min(self._initial * 2.0**self._tries, self._maximum)
        self._tries = min(self._tries + 1, 30)
        return delay * random.uniform(*self._spread)  # noqa: S311

    def reset(self) -> None:
        self._tries = 0
