"""The page of one pool: its state, its pods and its settings."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from apps.core.access import policy
from apps.core.access.policy import Actor
from apps.core.pools import DEFAULT_POOL
from apps.pods.admin import counts, pool_resources
from apps.pods.admin.labels import POOL_LABELS, STATE_LABELS, pool_state
from apps.pods.admin.pool_rows import EnvironmentRows, TolerationRows
from apps.pods.models import Pod, PodPool
from apps.pods.services.advice import advise
from apps.pods.services.pools import CREATOR_ACTIONS, OPERATE

MAX_PODS_SHOWN = 100
MAX_ENDED_SHOWN = 10


def page(actor: Actor, pool: Any) -> dict[str, Any]:
    """Return the context of the page, in a number of statements that does not grow with the pods.

    ``pool`` is a row of the admin's own queryset.
    """
    held = policy.held_actions(actor, PodPool, [pool.pk], CREATOR_ACTIONS).get(pool.pk, frozenset())
    stays = pool.deleted_at is None
    pods = Pod.objects.filter(pool_id=pool.pk)
    advice = advise(pool)
    return {
        "pool": pool,
        "state": pool_state(pool),
        "pool_labels": POOL_LABELS,
        "state_labels": STATE_LABELS,
        "slots": pool.serving * pool.slots,
        "queued": counts.backlog([pool.name]).get(pool.name),
        "now": timezone.now(),
        "pods": pods.alive().order_by("created_at", "id")[:MAX_PODS_SHOWN],
        "ended": pods.ended().order_by("-ended_at", "-id")[:MAX_ENDED_SHOWN],
        "idle_seconds": settings.POD_IDLE_SECONDS if pool.idle_seconds is None else pool.idle_seconds,
        "service_time": None if pool.service_seconds is None else timedelta(seconds=pool.service_seconds),
        "are_processes": settings.POD_BACKEND == "process",
        "advice": advice,
        "resources": pool_resources.rows(pool, advice),
        "env": EnvironmentRows().written(pool.env),
        "tolerations": TolerationRows().written(pool.tolerations),
        "may_operate": stays and OPERATE in held,
        "may_change": stays and "change" in held,
        "may_delete": stays and "delete" in held and pool.name != DEFAULT_POOL,
        "may_share": held == frozenset(CREATOR_ACTIONS),
    }
