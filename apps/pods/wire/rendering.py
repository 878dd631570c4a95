"""Rendering of pools and pods: plain functions from rows to dictionaries."""

from collections.abc import Iterable, Mapping
from typing import Any

from apps.pods.models import Pod, PodPool
from apps.pods.planning.advice import Advice, ResourceAdvice
from apps.pods.planning.values import PodState
from apps.pods.services.advice import advise
from apps.pods.spec.pool_schema import FIELDS
from apps.pods.workload import HeldJob

# Of those that have not ended.
COUNTED_STATES = tuple(state.value for state in PodState if state is not PodState.ENDED)
_POOL = "pool__name"
LIST_FIELDS = (
    *("id", "name", _POOL, "state", "reason", "namespace", "node", "restarts", "busy", "leaving", "revision"),
    *("created_at", "ready_at", "idle_since", "ended_at"),
)


def pool(row: PodPool, found: Mapping[str, int]) -> dict[str, Any]:
    """Render a pool. ``found``: its pods by state."""
    return {**pool_settings(row), "podCounts": counts(found), "advice": advice(advise(row))}


def pool_settings(row: PodPool) -> dict[str, Any]:
    """Render a pool as it is set, without what is known of its pods."""
    return {
        **{key: getattr(row, field) for key, field in FIELDS.items()},
        "scaleTo": row.scale_to,
        "cordoned": row.cordoned,
        "problem": row.problem or None,
        "retryAt": row.retry_at,
        "deletedAt": row.deleted_at,
    }


def counts(found: Mapping[str, int]) -> dict[str, int]:
    """Render numbers by state. A state that is not named has no pods."""
    return {state: found.get(state, 0) for state in COUNTED_STATES}


def advice(found: Advice | None) -> dict[str, Any] | None:
    """Render what was measured, and what resources it speaks for; None while nothing was."""
    if found is None:
        return None
    used = found.measured
    return {
        "measured": {
            "memoryBytes": used.memory,
            "jobs": used.jobs,
            "cpuSecondsPerJob": used.cpu_seconds / used.jobs if used.jobs else None,
            "slotSecondsPerJob": used.slot_seconds / used.jobs if used.jobs else None,
            "since": found.since,
        },
        "missing": found.missing or None,
        "fits": found.fits,
        "resources": [_resource(one) for one in found.resources],
    }


def _resource(found: ResourceAdvice) -> dict[str, Any]:
    return {
        "resource": found.resource,
        "request": {"current": found.request.current or None, "recommended": found.request.recommended},
        "limit": {"current": found.limit.current or None, "recommended": found.limit.recommended},
        "fits": found.fits,
        "reason": found.reason,
    }


def pod(row: Mapping[str, Any]) -> dict[str, Any]:
    """Render a row of the fields LIST_FIELDS."""
    return {
        "name": row["name"],
        "pool": row[_POOL],
        "state": row["state"],
        "reason": row["reason"] or None,
        "namespace": row["namespace"] or None,
        "node": row["node"] or None,
        "restarts": row["restarts"],
        "busy": row["busy"],
        "leaving": row["leaving"],
        "revision": row["revision"],
        "createdAt": row["created_at"],
        "readyAt": row["ready_at"],
        "idleSince": row["idle_since"],
        "endedAt": row["ended_at"],
    }


def detail(found: Pod, jobs: Iterable[HeldJob]) -> dict[str, Any]:
    """Render a pod as in lists, and what it runs."""
    return {**pod(list_row(found)), "jobs": [job(one) for one in jobs]}


def list_row(found: Pod) -> dict[str, Any]:
    """Return a pod as a row of the fields LIST_FIELDS."""
    return {name: getattr(found, name) for name in LIST_FIELDS if name != _POOL} | {_POOL: found.pool.name}


def job(held: HeldJob) -> dict[str, Any]:
    return {"workflowId": held.workflow_id, "jobId": held.job_id, "attempt": held.attempt}
