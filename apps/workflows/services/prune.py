"""Removing what has been kept for long enough, a little at a time.

Each step is one short transaction with bounded statements, so that a leader and starts beside it hardly notice. It may
be ended anywhere: the next run goes on. Nothing is removed that is not over: workflows that have ended, events that
have been published. What was given up is over once nobody has asked for it for long.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.events.models import DeadLetter, Event
from apps.workflows.models import (
    Attempt,
    DocumentSnapshot,
    IdempotencyKey,
    Job,
    QuarantinedEntry,
    TriggerFailure,
    TriggerStart,
    Workflow,
)

ROWS_PER_STEP = 500
WORKFLOWS_PER_STEP = 50
# What waits for somebody is kept so many times as long as what was attended to.
UNATTENDED_FACTOR = 3
# Longer than any transaction of a start.
MIN_UNUSED_TIME = timedelta(hours=1)


class Pruning(Protocol):
    """One kind of things to remove, called ``name``."""

    name: str

    def count(self) -> int:
        """Return how many would be removed now."""

    def step(self) -> int | None:
        """Remove some and return how many; None once there is nothing left to do."""


class OldRowsPruning:
    """Rows that stand for themselves."""

    def __init__(self, name: str, rows: "QuerySet[Any]") -> None:
        self.name = name
        self._rows = rows

    def count(self) -> int:
        return self._rows.count()

    def step(self) -> int | None:
        return _delete_step(self._rows) or None


class EndedWorkflowsPruning:
    """Workflows that ended before ``cutoff``, with their jobs, attempts, commands, events, keys and permissions."""

    name = "workflows"

    def __init__(self, cutoff: datetime) -> None:
        # Nothing ends before it is created: this part can use an index.
        old = Workflow.objects.ended().filter(created_at__lt=cutoff, finished_at__lt=cutoff)
        self._old = old.order_by("created_at", "id")

    def count(self) -> int:
        return self._old.count()

    def step(self) -> int | None:
        found = list(self._old.values_list("pk", "jobs_total")[:WORKFLOWS_PER_STEP])
        if not found:
            return None
        pks = _fitting_step(found)
        # An event that has not been published is not over, whatever it is about.
        published = Event.objects.filter(key__in=[str(pk) for pk in pks], published_at__isnull=False)
        parts: tuple[QuerySet[Any], ...] = (
            published,
            Attempt.objects.filter(workflow_id__in=pks),
            Job.objects.filter(workflow_id__in=pks),
        )
        # The parts of a large one go first, step by step.
        if any(_delete_step(part) == ROWS_PER_STEP for part in parts):
            return 0
        with transaction.atomic():
            Workflow.objects.filter(pk__in=pks).delete()
        return len(pks)


class PublishedEventsPruning:
    """Events published before ``cutoff``; by their ids, which rise with time closely enough to end there.

    Those that the bus refused go when their dead letters do, without which nobody can publish them any more.
    """

    name = "events"

    def __init__(self, cutoff: datetime, refused_before: datetime | None) -> None:
        self._cutoff = cutoff
        over = Q(published_at__lt=cutoff)
        self._over = over if refused_before is None else over | Q(quarantined_at__lt=refused_before)
        self._after = 0

    def count(self) -> int:
        return Event.objects.filter(self._over).count()

    def step(self) -> int | None:
        rows = Event.objects.filter(pk__gt=self._after).order_by("pk").values_list("pk", "time")
        found = list(rows[:ROWS_PER_STEP])
        if not found or found[0][1] >= self._cutoff:
            return None
        self._after = found[-1][0]
        return _delete_step(Event.objects.filter(self._over, pk__in=[pk for pk, _ in found]))


class UnusedSnapshotsPruning:
    """Document snapshots that no workflow has, in two stages, an hour apart.

    First they are marked as unused. A start that needs one takes the mark away by writing to the row
    (``snapshots.store_snapshots``), which a removal at the same moment waits for or makes wait; a start that had looked before
    the mark was made has been committed long since, and its workflow is seen.
    """

    name = "documents"

    def __init__(self, now: datetime) -> None:
        self._now = now
        of_workflows = Workflow.objects.filter(document_id=OuterRef("pk"))
        marked = DocumentSnapshot.objects.filter(unused_since__lt=now - MIN_UNUSED_TIME)
        self._removable = marked.filter(~Exists(of_workflows))
        self._used_again = marked.filter(Exists(of_workflows))
        self._unused = DocumentSnapshot.objects.filter(~Exists(of_workflows), unused_since=None)

    def count(self) -> int:
        return self._removable.count()

    def step(self) -> int | None:
        removed = _delete_step(self._removable)
        if removed:
            return removed
        self._used_again.update(unused_since=None)
        self._unused.update(unused_since=self._now)
        return None


def prunings(now: datetime) -> list[Pruning]:
    """Return what the settings say is to be removed, in this order."""
    found: list[Pruning] = []
    letters = settings.RETENTION_DEAD_LETTERS
    unattended = now - UNATTENDED_FACTOR * letters if letters else None
    if settings.RETENTION_WORKFLOWS:
        found.append(EndedWorkflowsPruning(now - settings.RETENTION_WORKFLOWS))
    if settings.RETENTION_EVENTS:
        found.append(PublishedEventsPruning(now - settings.RETENTION_EVENTS, unattended))
    if settings.RETENTION_MESSAGES:
        met = TriggerStart.objects.filter(created_at__lt=now - settings.RETENTION_MESSAGES)
        found.append(OldRowsPruning("messages met by triggers", met))
    if letters and unattended:
        found += _given_up(now - letters, unattended)
    keys = IdempotencyKey.objects.expired(now)
    # As Django's clearsessions does, in steps.
    sessions = Session.objects.filter(expire_date__lt=now)
    return [
        *found,
        OldRowsPruning("idempotency keys", keys),
        OldRowsPruning("sessions", sessions),
        UnusedSnapshotsPruning(now),
    ]


def _given_up(attended: datetime, unattended: datetime) -> list[Pruning]:
    """Return what was replayed before ``attended``, and what has waited for somebody since before ``unattended``."""
    replayed, waiting = Q(replayed_at__lt=attended), Q(replayed_at=None, created_at__lt=unattended)
    failures = TriggerFailure.objects.given_up().filter(failed_at__lt=unattended)
    return [
        OldRowsPruning("dead letters", DeadLetter.objects.filter(replayed | waiting)),
        OldRowsPruning("messages given up by triggers", failures),
        OldRowsPruning("quarantined entries", QuarantinedEntry.objects.filter(created_at__lt=unattended)),
    ]


def _fitting_step(found: Sequence[tuple[Any, int]]) -> list[Any]:
    """Return the first workflows that together have not more jobs than a step can take; one at least."""
    few: list[Any] = []
    jobs = 0
    for pk, jobs_total in found:
        jobs += jobs_total
        if few and jobs > ROWS_PER_STEP:
            break
        few.append(pk)
    return few


def _delete_step(rows: "QuerySet[Any]") -> int:
    """Delete up to ROWS_PER_STEP of them; return how many."""
    with transaction.atomic():
        # Locked: what somebody takes into use at this moment is left out, or made anew by them.
        pks = list(rows.select_for_update(of=("self",)).values_list("pk", flat=True)[:ROWS_PER_STEP])
        if pks:
            rows.model._default_manager.filter(pk__in=pks).delete()
    return len(pks)
