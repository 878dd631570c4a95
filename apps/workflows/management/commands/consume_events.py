"""``manage.py consume_events``: starts workflows from messages; any number of these share the topics."""

import signal
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.core.processes.signals import stop_event
from apps.events.bus.factory import bus
from apps.workflows.triggers.consumer import Consumer


class Command(BaseCommand):
    help = "Reads the topics that triggers name and starts their workflows."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = stop_event(signal.SIGTERM, signal.SIGINT)
        connection = bus()
        consumer = Consumer(connection, stop)
        while not stop.is_set():
            result = consumer.tick(timezone.now())
            if result.pause:
                stop.wait(result.pause)
        consumer.close()
        connection.close()
