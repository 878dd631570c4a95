"""Which pods one may see, and asking one to leave."""

from django.db.models import QuerySet

from apps.core import policy
from apps.core.errors import Conflict, Hidden
from apps.core.policy import Actor
from apps.pods.models import Pod, PodPool
from apps.pods.services.pools import OPERATE


def drain(actor: Actor, *, name: str) -> Pod:
    """Have the pod take no more jobs and end when it has none; its pool replaces it if it needs to.

    Whoever may operate the pool may do so. Raises Hidden, Forbidden, and Conflict for a pod that has ended.
    """
    pod = pods(actor).select_related("pool").filter(name=name).first()
    if pod is None:
        raise Hidden
    policy.require(actor, OPERATE, pod.pool)
    if not Pod.objects.filter(pk=pod.pk, ended_at=None).update(leaving=True):
        raise Conflict(f"{name} has ended")
    pod.leaving = True
    return pod


def pods(actor: Actor) -> QuerySet[Pod]:
    """Those of the pools that the actor may view."""
    return policy.visible_parts(actor, Pod.objects.all(), PodPool, "pool_id")
