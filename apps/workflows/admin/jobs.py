"""Jobs of all workflows: to find those that failed, or wait, across them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from apps.core.admin.base import GuardedAdmin
from apps.core.templatetags.pages import duration, moment
from apps.workflows.admin import filters
from apps.workflows.admin.labels import OUTCOME_LABELS, STATUS_LABELS
from apps.workflows.models import Attempt, Job, Workflow


@admin.register(Job)
class JobAdmin(GuardedAdmin):
    part_of = (Workflow, "workflow_id")
    page_template = "admin/workflows/job/page.html"
    list_display = ("title", "type", "status_label", "attempt", "code", "started", "took")
    list_filter = ("status", filters.JobsByTemplateFilter, "created_at")
    list_filter_submit = True
    list_select_related = ("workflow",)
    search_fields = ("job_id",)
    search_help_text = "Search by workflow id, job or template"
    ordering = ("-id",)
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        large = ("output", "response", "workflow__input", "workflow__output", "workflow__error", "workflow__labels")
        return super().get_queryset(request).select_related("workflow").defer(*large)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Job], search_term: str
    ) -> tuple[QuerySet[Job], bool]:
        return filters.search_jobs(queryset, search_term), False

    @display(description="job", header=True)
    def title(self, job: Job) -> tuple[str, str]:
        return job.job_id, f"{job.workflow.template_id} {job.workflow_id}"

    @display(description="status", label=STATUS_LABELS)
    def status_label(self, job: Job) -> str:
        return job.status

    @display(description="error")
    def code(self, job: Job) -> str | None:
        return job.error["code"] if job.error else job.reason or None

    @display(description="started (UTC)")
    def started(self, job: Job) -> str:
        return moment(job.started_at)

    @display(description="duration")
    def took(self, job: Job) -> str:
        end = job.finished_at or timezone.now()
        return duration(end - job.started_at if job.started_at else None)

    def page(self, request: HttpRequest, obj: Job) -> dict[str, Any]:
        tries = Attempt.objects.filter(workflow_id=obj.workflow_id, job_id=obj.job_id).order_by("number")
        return {
            "job": obj,
            "label": STATUS_LABELS[obj.status],  # type: ignore[index]
            "took": self.took(obj),
            "attempts": [_attempt(one) for one in tries],
        }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    end = attempt.finished_at or timezone.now()
    return {
        **{name: getattr(attempt, name) for name in ("number", "executor", "started_at", "finished_at", "outcome")},
        **{"error": attempt.error, "late_report": attempt.late_report, "label": OUTCOME_LABELS[attempt.outcome]},
        "took": end - attempt.started_at if attempt.started_at else None,
    }
