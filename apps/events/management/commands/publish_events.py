"""``manage.py publish_events``: publishes the outbox, or stands by until it can."""

import os
import signal
import socket
import threading
import uuid
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.events.bus.chosen import bus
from apps.events.publisher.loop import Publisher


class Command(BaseCommand):
    help = "Sends what happened to the bus: one publisher works, any others stand by."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        publisher = Publisher(f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}", bus())
        while not stop.is_set():
            result = publisher.tick(timezone.now())
            if result.pause:
                stop.wait(result.pause)
        publisher.resign()
        publisher.bus.close()
