"""Scaling by hand, and holding a pool."""

from apps.core import policy
from apps.core.errors import Hidden, Invalid
from apps.core.policy import Actor
from apps.core.schemas import Problem
from apps.pods.models import PodPool

OPERATE = "operate"


def scale(actor: Actor, *, name: str, count: int | None) -> PodPool:
    """Keep ``count`` pods from now on; None gives the pool back to the autoscaler.

    Raises Hidden, Forbidden, and Invalid for a count that is beyond the pool's maximum.
    """
    pool = _operable(actor, name)
    if count is not None and not 0 <= count <= pool.maximum:
        raise Invalid([Problem("/count", f"must be between 0 and {pool.maximum}, the pool's maximum")])
    pool.scale_to = count
    pool.save(update_fields=["scale_to"])
    return pool


def cordon(actor: Actor, *, name: str, cordoned: bool) -> PodPool:
    """Have the pool's executors take no jobs, or take them again. Raises Hidden and Forbidden."""
    pool = _operable(actor, name)
    pool.cordoned = cordoned
    pool.save(update_fields=["cordoned"])
    return pool


def _operable(actor: Actor, name: str) -> PodPool:
    pool = PodPool.objects.filter(name=name).first()
    if pool is None:
        raise Hidden
    policy.require(actor, OPERATE, pool)
    return pool
