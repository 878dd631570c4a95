"""Writes of versions, on SQL and on MongoDB alike: an action is one write of one document, its events inside.

1. The write. Unique indexes and the revision decide who was first; an event of the action travels in ``pending_events``.
2. The relay. In one transaction of SQL, under the lock of the template's row, the projection is written again and the events
   are put into the outbox, unless they are there already. Then the document lets go of them.

On SQL both are one transaction. On MongoDB a process may end between them: ``relay_pending`` finishes what is left.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import router, transaction
from django.db.models import Max
from django.utils import timezone

from apps.core import times
from apps.core.ids import uuid7
from apps.events import outbox
from apps.events.envelope import of_template
from apps.events.models import Event
from apps.templates.models import JobTemplate, TemplateVersion, VersionStatus
from apps.templates.storage import projection

# An action relays its own events; what is older than this was left behind by one that could not.
RELAY_GRACE = timedelta(seconds=2)


def now() -> datetime:
    """Return the time as every store keeps it: MongoDB knows milliseconds."""
    moment = timezone.now()
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def insert(version: TemplateVersion) -> None:
    """Store a new version. Raises IntegrityError if its version or its publication is taken."""
    with _transaction():
        if version.status == VersionStatus.PUBLISHED:
            # Anew: this very object may have been offered before, and refused.
            version.pending_events, version.pending_since = [], None
            _add_event(version, "published", version.created_at)
        version.save(force_insert=True)
        _relay(version)


def change(version: TemplateVersion, event: str = "", **fields: Any) -> bool:
    """Write ``fields``, unless somebody has changed the version since it was read: then return False.

    Raises IntegrityError if a publication among the fields is taken.
    """
    moment = now()
    with _transaction():
        read = TemplateVersion.objects.unchanged(version)
        for name, value in fields.items():
            setattr(version, name, value)
        if event:
            _add_event(version, event, moment)
        carried = {"pending_events": version.pending_events, "pending_since": version.pending_since}
        if not read.update(**fields, **carried, revision=version.revision + 1):
            return False
        version.revision += 1
        _relay(version)
    return True


def remove(version: TemplateVersion) -> bool:
    """Delete a version that nobody has changed since it was read; return False if somebody has."""
    removed, _ = TemplateVersion.objects.unchanged(version).delete()
    return bool(removed)


def next_publication(template_pk: UUID) -> int:
    """Return the place in the order of publishing that comes next."""
    last = TemplateVersion.objects.of_template(template_pk).aggregate(last=Max("publication"))["last"]
    return (last or 0) + 1


def relay_pending(limit: int) -> int:
    """Relay up to ``limit`` versions whose action was interrupted; return how many there were.

    Raises LookupError if one has no template.
    """
    left = TemplateVersion.objects.filter(pending_since__lte=timezone.now() - RELAY_GRACE)
    found = list(left.order_by("pending_since")[:limit])
    astray: Exception | None = None
    for version in found:
        try:
            _relay(version)
        except JobTemplate.DoesNotExist:
            # Such as after SQL alone was restored from an older copy. The others do not wait for it.
            astray = LookupError(f"{version} is of a template that is not there")
    if astray:
        raise astray
    return len(found)


def locked(template_pk: UUID) -> JobTemplate:
    """Return the template's row, locked until the transaction ends."""
    return JobTemplate.everything.select_for_update().get(pk=template_pk)


@contextmanager
def _transaction() -> Iterator[None]:
    """Open a transaction where the store is SQL: the write and its relay together. MongoDB's write is atomic itself."""
    with transaction.atomic(using=router.db_for_write(TemplateVersion)):
        yield


def _add_event(version: TemplateVersion, kind: str, moment: datetime) -> None:
    event = {"id": str(uuid7()), "kind": kind, "time": times.rfc3339(moment)}
    version.pending_events = [*version.pending_events, event]
    version.pending_since = version.pending_since or moment


def _relay(version: TemplateVersion) -> None:
    if not version.pending_events:
        return
    with transaction.atomic():
        template = locked(version.template_pk)
        _undelete(template, version)
        projection.refresh(template)
        _write_outbox(version)
    kept = TemplateVersion.objects.unchanged(version)
    kept.update(pending_events=[], pending_since=None)
    version.pending_events, version.pending_since = [], None


def _undelete(template: JobTemplate, version: TemplateVersion) -> None:
    """Bring a deleted template back once something further is published in it."""
    is_published = any(event["kind"] == "published" for event in version.pending_events)
    if is_published and (version.publication or 0) > template.deleted_after:
        template.deleted_at = None


def _write_outbox(version: TemplateVersion) -> None:
    """Put the version's events into the outbox. The caller holds the template's lock: nobody else does so now."""
    ids = [UUID(event["id"]) for event in version.pending_events]
    there = set(Event.objects.filter(key=version.template_id, event_id__in=ids).values_list("event_id", flat=True))
    Event.objects.bulk_create(
        outbox.row(
            of_template(event["kind"], template_id=version.template_id, version=version.version),
            times.parse(event["time"]),
            UUID(event["id"]),
        )
        for event in version.pending_events
        if UUID(event["id"]) not in there
    )
