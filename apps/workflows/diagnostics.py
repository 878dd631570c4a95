"""Looks at the processes: does a scheduler lead, does any executor live."""

import json
from collections.abc import Iterator

import redis
from django.db import DatabaseError
from django.db.models.functions import Now

from apps.core.diagnostics import redis_client
from apps.core.doctor import Check, Finding
from apps.workflows.live import keys
from apps.workflows.models import SetAside, Shard


def scheduler() -> Iterator[Finding]:
    try:
        leader = Shard.objects.filter(pk=keys.SHARD, expires_at__gt=Now()).values_list("leader", flat=True).first()
        set_aside = SetAside.objects.count()
    except DatabaseError:
        # The database's own check tells why.
        return
    if leader is None:
        yield Finding("scheduler", "none leads", "start 'manage.py run_scheduler' (run_stack does)")
    else:
        yield Finding("scheduler", f"{leader} leads")
    if set_aside:
        remedy = "look at them in the admin, under 'entries set aside'"
        yield Finding("scheduler", f"{set_aside} entries could not be applied", remedy)


def executors() -> Iterator[Finding]:
    try:
        with redis_client() as client:
            names = sorted(client.scan_iter(match=keys.executor("*"), count=1000))
            beats = [json.loads(beat) for beat in client.mget(names) if beat] if names else []
            opened = client.get(keys.open_mark())
    except redis.RedisError:
        return
    if not opened:
        yield Finding("executors", "Redis is not open for them yet", "a leading scheduler opens it: see above")
    if not beats:
        remedy = "start 'celery -A baseshift worker' with this REDIS_URL (run_stack does); a new one is seen in seconds"
        yield Finding("executors", "none has given a sign of life", remedy)
        return
    slots, busy = (sum(beat[what] for beat in beats) for what in ("slots", "busy"))
    yield Finding("executors", f"{len(beats)} live, {busy} of {slots} slots are busy")


CHECKS: list[Check] = [scheduler, executors]
