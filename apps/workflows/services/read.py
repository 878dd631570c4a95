"""Reading workflows: rows of SQL, with the state and the current job of Redis where its keys stand.

Rows are plain ``values()`` dictionaries: model instances would be most of the cost of a detail.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Func, Q, QuerySet, TextField, Value
from django.db.models.lookups import Exact

from apps.core.access import policy
from apps.core.access.policy import Actor
from apps.core.errors import Hidden
from apps.events.models import Event
from apps.events.outbox import SHOWN
from apps.workflows.engine.states import WORKFLOW_ENDED
from apps.workflows.live import state_store
from apps.workflows.models import DocumentSnapshot, Job, Workflow
from apps.workflows.services.report import UNKNOWN_JOB
from apps.workflows.services.snapshots import pending_jobs

Row = dict[str, Any]

LIST_FIELDS = (
    *("id", "template_id", "version", "state", "current_job", "priority", "labels", "error"),
    *("created_at", "created_by__username", "started_at", "finished_at", "jobs_total", "jobs_ended"),
)
DETAIL_FIELDS = (*LIST_FIELDS, "input", "output", "document_id")
JOB_FIELDS = ("job_id", "name", "type", "status", "reason", "attempt", "started_at", "finished_at", "error")
NEWEST_FIRST = ("-created_at", "-id")


@dataclass(frozen=True, slots=True)
class WorkflowDetail:
    """A workflow of the fields DETAIL_FIELDS, and its jobs of the fields JOB_FIELDS in the template's order."""

    workflow: Row
    jobs: Iterable[Row]


@dataclass(frozen=True, slots=True)
class WorkflowFilters:
    """The conditions of a list of workflows, all of which must hold; None: not asked for."""

    state: str | None = None
    template_id: str | None = None
    version: str | None = None
    # Pairs of key and value.
    labels: Sequence[tuple[str, str]] = ()
    # Both exclude the moment itself.
    created_after: datetime | None = None
    created_before: datetime | None = None
    # Part of a templateId, or an entire workflowId.
    search: str | None = None


class LabelValue(Func):
    """The value of one label. Django's own look into JSON would take a label called ``0`` for a place in a list."""

    output_field = TextField()
    template = "(SELECT value FROM json_each(%(expressions)s)"
    arg_joiner = ") WHERE key = "

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="(%(expressions)s)", arg_joiner=" ->> ", **context)


def detail(actor: Actor, *, workflow_id: UUID) -> WorkflowDetail:
    """Return one workflow with its jobs, in two statements. Hidden if there is none for the actor to see."""
    # Redis before SQL: the database is never behind what Redis says, so the row is at least as new.
    live = state_store.read([workflow_id])
    row = policy.visible(actor, Workflow.objects.filter(pk=workflow_id)).values(*DETAIL_FIELDS).first()
    if row is None:
        raise Hidden
    _overlay_live_state(row, live)
    jobs = list(Job.objects.filter(workflow_id=workflow_id).order_by("index").values(*JOB_FIELDS))
    return WorkflowDetail(row, jobs or pending_jobs(_document(row)))


def job(*, workflow_id: UUID, job_id: str) -> Row:
    """Return one job, for a caller who has passed the policy already. Hidden if the workflow has no such job."""
    row: Row | None = Job.objects.filter(workflow_id=workflow_id, job_id=job_id).values(*JOB_FIELDS).first()
    if row is not None:
        return row
    document = DocumentSnapshot.objects.values_list("body", flat=True).get(workflow=workflow_id)
    for pending in pending_jobs(document):
        if pending["job_id"] == job_id:
            return pending
    raise Hidden(UNKNOWN_JOB)


def list_workflows(actor: Actor, filters: WorkflowFilters) -> "QuerySet[Workflow, Row]":
    """Return the workflows that the actor may see, of the fields LIST_FIELDS; give each page to :func:`with_live_states`."""
    rows = policy.visible_in_large_table(actor, Workflow.objects.filter(_narrowed(filters)))
    for key, value in filters.labels:
        rows = rows.filter(Exact(LabelValue("labels", Value(key)), value))
    list_workflows: QuerySet[Workflow, Row] = rows.values(*LIST_FIELDS)
    return list_workflows


def has_open_workflows(template_id: str) -> bool:
    """Return whether a workflow of the template has not ended. Asks no policy: it is what deleting the template waits for."""
    return Workflow.objects.open().filter(template_id=template_id).exists()


def with_live_states(rows: list[Row]) -> list[Row]:
    """Return the same rows with the states of Redis; one statement more if some have ended since they were read."""
    live = state_store.read([row["id"] for row in rows])
    ended = [row["id"] for row in rows if row["state"] not in WORKFLOW_ENDED and _has_ended(live.get(row["id"]))]
    fresh = {row["id"]: row for row in Workflow.objects.filter(pk__in=ended).values(*LIST_FIELDS)} if ended else {}
    rows = [fresh.get(row["id"], row) for row in rows]
    for row in rows:
        _overlay_live_state(row, live)
    return rows


def events(actor: Actor, *, workflow_id: UUID) -> "QuerySet[Event, Row]":
    """Return the history of a workflow and its jobs, as rows for ``outbox.cloudevent``. Hidden."""
    if not policy.visible(actor, Workflow.objects.filter(pk=workflow_id)).exists():
        raise Hidden
    history: QuerySet[Event, Row] = Event.objects.filter(key=str(workflow_id)).values("id", *SHOWN)
    return history


def _narrowed(filters: WorkflowFilters) -> Q:
    wanted: Mapping[str, Any] = {
        "state": filters.state,
        "template_id": filters.template_id,
        "version": filters.version,
        "created_at__gt": filters.created_after,
        "created_at__lt": filters.created_before,
    }
    condition = Q(**{name: value for name, value in wanted.items() if value is not None})
    return condition & _searched(filters.search) if filters.search else condition


def _searched(text: str) -> Q:
    try:
        return Q(pk=UUID(text))
    except ValueError:
        return Q(template_id__icontains=text)


def _document(row: Row) -> Mapping[str, Any]:
    body: Mapping[str, Any] = DocumentSnapshot.objects.values_list("body", flat=True).get(pk=row["document_id"])
    return body


def _has_ended(live: tuple[str, str | None] | None) -> bool:
    return live is not None and live[0] in WORKFLOW_ENDED


def _overlay_live_state(row: Row, live: Mapping[UUID, tuple[str, str | None]]) -> None:
    latest = live.get(row["id"])
    # What has ended stays ended: an older word of Redis does not count.
    if latest is not None and (row["state"] not in WORKFLOW_ENDED or _has_ended(latest)):
        row["state"], row["current_job"] = latest
