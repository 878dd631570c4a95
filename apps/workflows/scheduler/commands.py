"""Commands as the engine needs them, read from SQL for a batch."""

from collections.abc import Iterable

from django.db.models import F, OuterRef, Subquery

from apps.workflows.engine.entries import Order
from apps.workflows.models import Command, Job


def load(command_ids: Iterable[str]) -> dict[str, Order]:
    """The unapplied ones of these commands, by id, in one query.

    A report is compared with the recorded output, which the engine's memory need not hold.
    """
    ids = list(command_ids)
    if not ids:
        return {}
    recorded = Job.objects.filter(workflow=OuterRef("workflow"), job_id=OuterRef("job_id")).values("output")
    rows = Command.objects.filter(pk__in=ids, applied_at=None).annotate(recorded=Subquery(recorded))
    return {
        str(row.pk): Order(str(row.pk), row.kind, row.job_id, {**row.payload, "recorded": row.recorded})
        for row in rows.order_by(F("created_at"))
    }
