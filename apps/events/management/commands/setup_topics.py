"""``manage.py setup_topics``: creates missing topics, extends those that are too small."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.events import topics
from apps.events.bus.factory import bus, our_topics
from apps.events.bus.port import BusUnavailable


class Command(BaseCommand):
    help = "Makes the bus' topics, or extends them to the settings; shrinks nothing. May be run at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        if strange := set(settings.KAFKA_COMPACTED_TOPICS) - set(topics.ALL):
            raise CommandError(f"KAFKA_COMPACTED_TOPICS names what is no topic of ours: {', '.join(sorted(strange))}")
        chosen = bus()
        try:
            done = chosen.set_up(our_topics())
        except BusUnavailable as error:
            raise CommandError(f"The topics cannot be set up: {error}") from error
        finally:
            chosen.close()
        for line in done or ["Nothing to do: all topics are as they should be."]:
            self.stdout.write(line)
