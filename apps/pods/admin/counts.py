"""How many pods a pool has, what they do, and what waits for them."""

from collections.abc import Collection, Mapping

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from apps.pods import workload
from apps.pods.planning.values import PodState
from apps.pods.workload import WorkloadAway

_ALIVE = Q(pods__ended_at=None)

# For PodPool.objects.annotate(**COUNTS): pods that there are, those that take jobs, those that have slots, running jobs.
COUNTS = {
    "alive": Count("pods", filter=_ALIVE),
    "ready": Count("pods", filter=_ALIVE & Q(pods__state=PodState.READY)),
    "serving": Count("pods", filter=_ALIVE & Q(pods__state__in=[PodState.READY, PodState.DRAINING])),
    "busy": Coalesce(Sum("pods__busy", filter=_ALIVE), 0),
}


def backlog(pools: Collection[str]) -> Mapping[str, int]:
    """How many jobs queue for each pool; nothing while that cannot be told."""
    try:
        return workload.registered().look(pools, []).backlog
    except WorkloadAway:
        return {}
