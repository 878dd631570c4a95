"""Waiting for the end of a workflow without holding up what else the process has to answer."""

import time
from collections.abc import Iterator
from threading import BoundedSemaphore
from uuid import UUID

from django.conf import settings

from apps.workflows.engine.states import WORKFLOW_ENDED
from apps.workflows.live import state_store
from apps.workflows.models import Workflow

MIN_PAUSE_SECONDS = 0.02
MAX_PAUSE_SECONDS = 0.2
PAUSE_GROWTH = 1.5

_slots = BoundedSemaphore(settings.MAX_WAITING_REQUESTS)


def until_ended(workflow_id: UUID, seconds: float) -> bool:
    """Return whether the workflow ended within ``seconds``; at once False while all places to wait are taken."""
    if not _slots.acquire(blocking=False):
        return False
    try:
        deadline = time.monotonic() + seconds
        return any(_has_ended(workflow_id) for _ in _moments(deadline))
    finally:
        _slots.release()


def _moments(deadline: float) -> Iterator[None]:
    """Now, then after pauses that grow, the last time at the deadline."""
    pause = MIN_PAUSE_SECONDS
    yield
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(min(pause, left))
        pause = min(pause * PAUSE_GROWTH, MAX_PAUSE_SECONDS)
        yield


def _has_ended(workflow_id: UUID) -> bool:
    live = state_store.read([workflow_id])
    if workflow_id in live:
        return live[workflow_id][0] in WORKFLOW_ENDED
    return Workflow.objects.ended().filter(pk=workflow_id).exists()
