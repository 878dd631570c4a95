"""Probes: liveness, and readiness by the parts that are needed. Both are open, and reveal nothing else."""

import logging
from collections.abc import Callable
from uuid import UUID

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models.functions import Now
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from apps.core.redis_clients import single_try_client
from apps.events.bus import factory
from apps.pods.models import ReconcilerLease
from apps.templates.models import TemplateVersion
from apps.workflows.live.keys import SHARD
from apps.workflows.models import Shard

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 1
# Reported, but not needed: events wait in the database, and the executors that are there go on.
OPTIONAL_PARTS = {"bus", "reconciler"}


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer that the process lives."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Report each part by its name; 503 while one is unavailable that is needed for work to go on."""
    checks = PARTS | ({"mongodb": _mongodb} if settings.MONGODB_URL else {})
    parts = {name: _is_available(name, check) for name, check in checks.items()}
    ready = all(available for name, available in parts.items() if name not in OPTIONAL_PARTS)
    statuses = {name: "ok" if available else "away" for name, available in parts.items()}
    return JsonResponse({"status": "ok" if ready else "not ready", "parts": statuses}, status=200 if ready else 503)


def _is_available(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (DatabaseError, redis.RedisError) as error:
        # Why is for the log: the probe is open to anyone.
        logger.warning("readiness_probe_failed", extra={"part": name, "error": str(error)})
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _mongodb() -> bool:
    # No template has this key; that there is an answer is all that counts.
    TemplateVersion.objects.filter(template_pk=UUID(int=0)).exists()
    return True


def _redis() -> bool:
    with single_try_client(settings.REDIS_URL, timeout=TIMEOUT_SECONDS) as client:
        return bool(client.ping())


def _scheduler() -> bool:
    return Shard.objects.led().filter(pk=SHARD).exists()


def _bus() -> bool:
    return factory.is_reachable(TIMEOUT_SECONDS)


def _reconciler() -> bool:
    return ReconcilerLease.objects.filter(expires_at__gt=Now()).exists()


PARTS: dict[str, Callable[[], bool]] = {
    "database": _database,
    "redis": _redis,
    "scheduler": _scheduler,
    "reconciler": _reconciler,
    "bus": _bus,
}
