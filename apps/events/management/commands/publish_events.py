"""``manage.py publish_events``: publishes the outbox, or stands by until it can."""

import signal
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.core.processes.signals import stop_event, unique_name
from apps.events.bus.factory import bus
from apps.events.publisher.loop import Publisher


class Command(BaseCommand):
    help = "Sends what happened to the bus: one publisher works, any others stand by."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = stop_event(signal.SIGTERM, signal.SIGINT)
        publisher = Publisher(unique_name(), bus())
        while not stop.is_set():
            result = publisher.tick(timezone.now())
            if result.pause:
                stop.wait(result.pause)
        publisher.resign()
        publisher.bus.close()
