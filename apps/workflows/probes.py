"""Probes of the processes: whether a scheduler leads and executors live; and of what triggers gave up."""

import json
from collections.abc import Iterator

import redis
from django.db import DatabaseError

from apps.core.doctor import Finding, Probe
from apps.core.probes import redis_client
from apps.workflows.live import keys
from apps.workflows.models import QuarantinedEntry, Shard, Trigger, TriggerFailure, TriggerTopic


def scheduler() -> Iterator[Finding]:
    try:
        leader = Shard.objects.led().filter(pk=keys.SHARD).values_list("leader", flat=True).first()
        quarantined = QuarantinedEntry.objects.count()
    except DatabaseError:
        # The database's own probe reports why.
        return
    if leader is None:
        yield Finding("scheduler", "none leads", "start 'manage.py run_scheduler' (run_stack does)")
    else:
        yield Finding("scheduler", f"{leader} leads")
    if quarantined:
        remedy = "look at them in the admin, under 'quarantined entries', and dismiss them there"
        yield Finding("scheduler", f"{quarantined} entries could not be applied", remedy)


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


def triggers() -> Iterator[Finding]:
    """Yield nothing while there are none."""
    try:
        enabled = Trigger.objects.enabled().count()
        given_up = TriggerFailure.objects.given_up().count()
        faults = dict(TriggerTopic.objects.exclude(fault="").values_list("topic", "fault"))
    except DatabaseError:
        return
    if enabled:
        yield Finding("triggers", f"{enabled} enabled")
    if given_up:
        yield Finding(
            "triggers", f"{given_up} messages were given up", "look at their triggers in the admin, and replay"
        )
    for topic, fault in faults.items():
        yield Finding("triggers", f"{topic} cannot be read: {fault}", "fix the topic, or change its triggers")


PROBES: list[Probe] = [scheduler, executors, triggers]
