"""``manage.py consume_events``: starts workflows from messages; any number of these share the topics."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.events.bus.chosen import bus
from apps.workflows.triggers.consumer import Consumer


class Command(BaseCommand):
    help = "Reads the topics that triggers name and starts their workflows."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        connection = bus()
        consumer = Consumer(connection, stop)
        while not stop.is_set():
            result = consumer.tick(timezone.now())
            if result.pause:
                stop.wait(result.pause)
        consumer.close()
        connection.close()
