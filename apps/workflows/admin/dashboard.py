"""The first page of the admin: how the last day went, what runs now, what failed last."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from apps.core.access import policy
from apps.core.admin.base import staff_user
from apps.workflows.admin.labels import STATE_LABELS
from apps.workflows.engine.states import WorkflowState
from apps.workflows.models import QuarantinedEntry, Workflow
from apps.workflows.querysets import OPEN_STATES

MAX_FAILURES = 8
# Counting further back would read ever more rows each time the page is opened.
COUNTED_TIME = timedelta(hours=24)


def dashboard_context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Three statements, whatever there is to count; one more for who may look at quarantined entries."""
    user = staff_user(request)
    visible = policy.visible_in_large_table(user, Workflow.objects.all())
    since = timezone.now() - COUNTED_TIME
    may_view_quarantined = user.has_perm("workflows.view_quarantinedentry")
    return {
        **context,
        "title": "Overview",
        "open_workflows": visible.filter(state__in=OPEN_STATES).count(),
        "states": _by_state(visible, since),
        "failures": _failures(visible, since),
        "quarantined": QuarantinedEntry.objects.count() if may_view_quarantined else 0,
    }


def _by_state(seen: "QuerySet[Workflow]", since: datetime) -> list[Mapping[str, Any]]:
    counts = dict(seen.filter(created_at__gte=since).order_by().values_list("state").annotate(Count("pk")))
    return [{"name": state, "label": label, "count": counts.get(state, 0)} for state, label in STATE_LABELS.items()]


def _failures(seen: "QuerySet[Workflow]", since: datetime) -> "QuerySet[Workflow]":
    rows = seen.filter(state=WorkflowState.FAILED, finished_at__gte=since).order_by("-finished_at", "-id")
    return rows.only("template_id", "version", "error", "finished_at")[:MAX_FAILURES]
