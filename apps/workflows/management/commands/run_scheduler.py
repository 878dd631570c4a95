"""``manage.py run_scheduler``: leads the shard, or stands by until it can."""

import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.core.processes.signals import stop_event, unique_name
from apps.workflows.live.client import LiveRedis
from apps.workflows.scheduler.loop import Scheduler

# How long a candidate that does not lead, or cannot reach a part, waits before it tries again.
PAUSE_SECONDS = 0.25


class Command(BaseCommand):
    help = "Applies the journal: one scheduler leads, any others stand by."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = stop_event(signal.SIGTERM, signal.SIGINT)
        live = LiveRedis(settings.REDIS_URL)
        scheduler = Scheduler(
            unique_name(), live, lease_seconds=settings.LEASE_SECONDS, state_ttl=settings.STATE_TTL_SECONDS
        )
        while not stop.is_set():
            result = scheduler.tick()
            if not result.is_open:
                stop.wait(PAUSE_SECONDS)
        scheduler.resign()
        live.close()
