"""Threads beside a test."""

import threading
from collections.abc import Callable

from django.db import connections


def in_thread(act: Callable[[], object]) -> threading.Thread:
    """Run ``act`` beside the test, with connections of its own."""

    def run() -> None:
        try:
            act()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread
