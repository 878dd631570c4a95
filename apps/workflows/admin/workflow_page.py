"""The page of one workflow: its jobs with their attempts, drawn over time, and what happened to it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.utils import timezone

from apps.core.access import policy
from apps.core.access.policy import Actor
from apps.workflows.admin import timechart
from apps.workflows.admin.labels import EVENT_LABELS, OUTCOME_LABELS, STATE_LABELS, STATUS_LABELS
from apps.workflows.engine.states import WORKFLOW_ENDED
from apps.workflows.models import Attempt, Workflow
from apps.workflows.services import read
from apps.workflows.services.start import CREATOR_ACTIONS

JOBS_PER_PAGE = 100
MAX_EVENTS = 200
ATTEMPT_FIELDS = ("job_id", "number", "executor", "started_at", "finished_at", "outcome", "error", "late_report")


def page(actor: Actor, workflow_id: UUID, number: str | None) -> dict[str, Any]:
    """In a number of statements that does not grow with the workflow. Hidden."""
    now = timezone.now()
    found = read.detail(actor, workflow_id=workflow_id)
    row = found.workflow
    jobs = Paginator(list(found.jobs), JOBS_PER_PAGE).get_page(number)
    attempts = _attempts(workflow_id, [job["job_id"] for job in jobs])
    window = timechart.Window(row["started_at"] or row["created_at"], row["finished_at"] or now)
    history = list(read.events(actor, workflow_id=workflow_id).order_by("id")[: MAX_EVENTS + 1])
    return {
        "workflow": {**row, "label": STATE_LABELS[row["state"]], "took": _span(row, now)},
        "ended": row["state"] in WORKFLOW_ENDED,
        "jobs": jobs,
        "job_rows": [_job(job, attempts.get(job["job_id"], []), window, now) for job in jobs],
        "events": [_event(event, row["created_at"]) for event in history[:MAX_EVENTS]],
        "more_events": len(history) > MAX_EVENTS,
        **_powers(actor, workflow_id),
    }


def _powers(actor: Actor, workflow_id: UUID) -> dict[str, bool]:
    held = policy.held_actions(actor, Workflow, [workflow_id], CREATOR_ACTIONS)[workflow_id]
    return {"may_operate": "operate" in held, "may_share": held == frozenset(CREATOR_ACTIONS)}


def _attempts(workflow_id: UUID, job_ids: list[str]) -> dict[str, list[dict[str, Any]]]:
    rows = Attempt.objects.filter(workflow_id=workflow_id, job_id__in=job_ids).order_by("job_id", "number")
    return {
        job_id: list(tries) for job_id, tries in groupby(rows.values(*ATTEMPT_FIELDS), lambda row: str(row["job_id"]))
    }


def _job(
    job: Mapping[str, Any], attempts: Iterable[Mapping[str, Any]], window: timechart.Window, now: datetime
) -> dict[str, Any]:
    tries = [{**one, "label": OUTCOME_LABELS[one["outcome"]], "took": _span(one, now)} for one in attempts]
    return {
        **job,
        "label": STATUS_LABELS[job["status"]],
        "took": _span(job, now),
        "attempts": tries,
        "bars": timechart.bars(tries, window),
    }


def _event(event: Mapping[str, Any], begin: datetime) -> dict[str, Any]:
    """``baseshift.job.completed`` is shown as what it is of, a job, and what became of it."""
    _, of, became = event["type"].split(".", 2)
    return {
        **event,
        "of": of,
        "became": became,
        "label": EVENT_LABELS.get(became, "default"),
        "after": event["time"] - begin,
    }


def _span(row: Mapping[str, Any], now: datetime) -> Any:
    return (row["finished_at"] or now) - row["started_at"] if row["started_at"] else None
