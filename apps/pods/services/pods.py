"""Pods that the actor may see, the jobs they run, and draining one."""

from collections.abc import Collection, Mapping, Sequence

from django.db.models import QuerySet

from apps.core.access import policy
from apps.core.access.policy import Actor
from apps.core.errors import Conflict, Hidden
from apps.pods import workload
from apps.pods.models import Pod, PodPool
from apps.pods.services.pools import OPERATE
from apps.pods.workload import HeldJob

NEWEST_FIRST = ("-created_at", "-id")


def pods(actor: Actor) -> QuerySet[Pod]:
    """Return the pods of the pools that the actor may view."""
    return policy.visible_through(actor, Pod.objects.all(), PodPool, "pool_id")


def pod(actor: Actor, *, name: str) -> Pod:
    """Return one pod with its pool. Raises Hidden if there is none for the actor to see."""
    # PostgreSQL takes no NUL, not even in a question.
    found = pods(actor).select_related("pool").filter(name=name).first() if "\0" not in name else None
    if found is None:
        raise Hidden
    return found


def jobs(actor: Actor, names: Collection[str]) -> Mapping[str, Sequence[HeldJob]]:
    """Return what these pods run, as far as the actor may view its workflows. Raises TooLarge."""
    return workload.registered().jobs(actor, names)


def drain(actor: Actor, *, name: str) -> Pod:
    """Make the pod stop taking jobs and end when it has none; its pool replaces it if needed.

    Whoever may operate the pool may do so. Raises Hidden, Forbidden, and Conflict for a pod that has ended.
    """
    found = pod(actor, name=name)
    policy.require(actor, OPERATE, found.pool)
    if not Pod.objects.alive().filter(pk=found.pk).update(leaving=True):
        raise Conflict(f"{name} has ended")
    found.leaving = True
    return found
