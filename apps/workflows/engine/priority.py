"""The order of ready jobs: ``base + 0.1 · wait`` with the wait in seconds since the job's creation (contract §2).

``base + 0.1 · (now - created)`` orders jobs exactly as ``base - 0.1 · created``, which never changes. So a
job's place is fixed when it is queued and nothing has to be sorted again as time passes.
"""

from datetime import datetime

GAIN_PER_SECOND = 0.1


def score(base: float, created_at: datetime) -> float:
    """Return the place in a ready queue: the smallest is taken first."""
    return GAIN_PER_SECOND * created_at.timestamp() - base
