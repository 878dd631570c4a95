"""``manage.py prune_history``: removes what has been kept for long enough, and leaves time to others in between."""

import signal
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from apps.core.processes.signals import stop_event
from apps.workflows.services.prune import Pruning, prunings

# After each step, as long as it took, and at least so long: at most half the database's time is ours.
MIN_PAUSE_SECONDS = 0.01


class Command(BaseCommand):
    help = (
        "Removes ended workflows, published events and other history that is older than the settings RETENTION_… say."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count only")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = stop_event(signal.SIGTERM, signal.SIGINT)
        for pruning in prunings(timezone.now()):
            if options["dry_run"]:
                self.stdout.write(f"{pruning.name}: {pruning.count()} to remove")
            else:
                self.stdout.write(f"{pruning.name}: {_run(pruning, stop)} removed")


def _run(pruning: Pruning, stop: threading.Event) -> int:
    removed = 0
    while not stop.is_set():
        began = time.monotonic()
        step = pruning.step()
        if step is None:
            break
        removed += step
        stop.wait(max(MIN_PAUSE_SECONDS, time.monotonic() - began))
    return removed
