"""Colours of states. Their names are always written out as well."""

from apps.pods.models import PodPool
from apps.pods.planning.values import PodState

STATE_LABELS = {
    PodState.STARTING: "info",
    PodState.READY: "success",
    PodState.DRAINING: "warning",
    PodState.UNHEALTHY: "danger",
    PodState.STOPPING: "warning",
    PodState.ENDED: "default",
}
# By the last word of an event's type.
EVENT_LABELS = {"created": "info", "ready": "success", "unhealthy": "danger", "deleted": "default"}

OPEN, CORDONED, PROBLEM, DELETING = "open", "cordoned", "problem", "being deleted"
POOL_LABELS = {OPEN: "success", CORDONED: "warning", PROBLEM: "danger", DELETING: "warning"}


def pool_state(pool: PodPool) -> str:
    """Return the most important of the things that are true of the pool."""
    if pool.deleted_at:
        return DELETING
    return PROBLEM if pool.problem else CORDONED if pool.cordoned else OPEN
