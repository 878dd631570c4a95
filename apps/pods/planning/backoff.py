"""Pause of a pool after pods that failed young."""

from datetime import timedelta

INITIAL_SECONDS = 0.5
# Nor does any place ask for more.
MAX_DELAY = timedelta(minutes=5)
# A pod that worked so long had not failed to start: it is replaced at once.
MIN_UPTIME = timedelta(seconds=10)


def delay(failures: int) -> timedelta:
    """Return the pause, twice as long each time. ``failures`` in a row, from 1."""
    return min(timedelta(seconds=INITIAL_SECONDS * 2 ** min(failures - 1, 20)), MAX_DELAY)
