"""Recommended resources of a pool, from what its executors used."""

from apps.pods.models import PodPool, PoolUsage
from apps.pods.planning.advice import Advice, advice
from apps.pods.planning.usage import Usage
from apps.pods.spec import pod_spec


def advise(pool: PodPool) -> Advice | None:
    """Return advice; None while nothing is known of the pool's executors as they are now.

    Whoever may view the pool may see it. Lists load ``usage`` along with their pools.
    """
    row: PoolUsage | None = getattr(pool, "usage", None)
    if row is None or row.basis != pod_spec.usage_basis(pool):
        return None
    usage = Usage(
        row.memory_bytes,
        row.cpu_seconds,
        row.slot_seconds,
        row.jobs,
        row.work_seconds,
        row.idle_cpu_seconds,
        row.idle_seconds,
    )
    return advice(usage, row.since, pool.resources, pool.slots)
