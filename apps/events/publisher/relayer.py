"""Relaying of events from other stores into the outbox."""

import logging
from datetime import datetime, timedelta

from apps.events import relay_registry

logger = logging.getLogger(__name__)

RETRY_DELAY = timedelta(seconds=2)


class Relayer:
    """A caller of all relays. One that fails is left alone for a while; the others, and the outbox, go on."""

    def __init__(self) -> None:
        self._not_before: dict[str, datetime] = {}

    def step(self, now: datetime, limit: int) -> int:
        """Let each relay move at most ``limit`` events. Returns how many were moved in all."""
        moved = 0
        for name, relay in relay_registry.relays().items():
            if name in self._not_before and now < self._not_before[name]:
                continue
            try:
                moved += relay(limit)
                self._not_before.pop(name, None)
            except Exception:  # any store, with errors of its own
                logger.exception("relay_failed", extra={"relay": name})
                self._not_before[name] = now + RETRY_DELAY
        return moved
