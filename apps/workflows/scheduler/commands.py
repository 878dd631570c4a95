"""Commands as the engine needs them, read from SQL for a batch."""

from collections.abc import Iterable

from django.db.models import F, OuterRef, Subquery

from apps.workflows import models
from apps.workflows.engine.entries import Command


def load(command_ids: Iterable[str]) -> dict[str, Command]:
    """Load the unapplied ones of these commands, by id, in one query.

    A report is compared with the recorded output, which the engine's memory need not hold.
    """
    ids = list(command_ids)
    if not ids:
        return {}
    recorded = models.Job.objects.filter(workflow=OuterRef("workflow"), job_id=OuterRef("job_id")).values("output")
    rows = models.Command.objects.unapplied().filter(pk__in=ids).annotate(recorded=Subquery(recorded))
    columns = ("pk", "kind", "job_id", "payload", "recorded", "actor__username")
    return {
        str(pk): Command(str(pk), kind, job_id, {**payload, "recorded": output, "by": username})
        for pk, kind, job_id, payload, output, username in rows.order_by(F("created_at")).values_list(*columns)
    }
