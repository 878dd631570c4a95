"""Numbers of a pool's pods by state, and of the jobs that are queued for it."""

from collections.abc import Collection, Mapping

from django.db.models import Count, FilteredRelation, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from apps.pods import workload
from apps.pods.models import PodPool
from apps.pods.planning.values import PodState
from apps.pods.workload import WorkloadUnavailable


def with_counts(pools: QuerySet[PodPool]) -> QuerySet[PodPool]:
    """Annotate each pool with ``alive`` (its pods), ``ready`` (those that take jobs), ``serving`` (those with slots)
    and ``busy`` (jobs that they hold).
    """
    # In the join itself: there are many more pods that have ended.
    living = FilteredRelation("pods", condition=Q(pods__ended_at=None))
    return pools.annotate(living=living).annotate(
        alive=Count("living"),
        ready=Count("living", filter=Q(living__state=PodState.READY)),
        serving=Count("living", filter=Q(living__state__in=[PodState.READY, PodState.DRAINING])),
        busy=Coalesce(Sum("living__busy"), 0),
    )


def backlog(pools: Collection[str]) -> Mapping[str, int]:
    """Return how many jobs are queued for each pool; nothing while that is unknown."""
    try:
        return workload.registered().observe(pools, []).backlog
    except WorkloadUnavailable:
        return {}
