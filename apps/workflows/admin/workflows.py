"""Workflows: the list, a page for each, and cancelling. Their state belongs to the engine."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST
from unfold.decorators import action, display

from apps.core.admin.base import refusals_as_pages, staff_user
from apps.core.admin.sharing import SharedAdmin
from apps.core.errors import Conflict, Forbidden, Hidden
from apps.core.templatetags.pages import duration, moment
from apps.workflows.admin import filters, start
from apps.workflows.admin.labels import STATE_LABELS
from apps.workflows.admin.workflow_page import page
from apps.workflows.models import Workflow
from apps.workflows.services.cancel import cancel
from apps.workflows.services.start import CREATOR_ACTIONS

# Of no use in a list, and any size.
LARGE_FIELDS = ("input", "output", "error", "labels")


@admin.register(Workflow)
class WorkflowAdmin(SharedAdmin):
    actions_held = CREATOR_ACTIONS
    page_template = "admin/workflows/workflow/page.html"
    list_display = ("title", "state_label", "progress", "created", "took")
    list_filter = ("state", filters.TemplateFilter, "created_at")
    list_filter_submit = True
    search_fields = ("template_id",)
    search_help_text = "Search by id, template or label:value"
    ordering = ("-created_at", "-id")
    sortable_by = ("created",)
    actions = ("cancel_selected",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Workflow]:
        return super().get_queryset(request).defer(*LARGE_FIELDS)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Workflow], search_term: str
    ) -> tuple[QuerySet[Workflow], bool]:
        return filters.search_workflows(queryset, search_term), False

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("start/<uuid:template_pk>/", self.admin_site.admin_view(self.start_view), name="workflows_start"),
            path(
                "start/<uuid:template_pk>/check/",
                self.admin_site.admin_view(self.check_start_view),
                name="workflows_start_check",
            ),
            path("<uuid:pk>/cancel/", self.admin_site.admin_view(self.cancel_view), name="workflows_cancel"),
        ]
        return own + super().get_urls()

    @display(description="workflow", header=True)
    def title(self, workflow: Workflow) -> tuple[str, str]:
        return f"{workflow.template_id} {workflow.version}", str(workflow.pk)

    @display(description="state", label=STATE_LABELS)
    def state_label(self, workflow: Workflow) -> str:
        return workflow.state

    @display(description="progress")
    def progress(self, workflow: Workflow) -> str:
        ended, total = workflow.jobs_ended, workflow.jobs_total
        return format_html(
            '<span class="bs-progress"><progress value="{}" max="{}" aria-label="jobs ended"></progress> {}/{}</span>',
            *(ended, total or 1, ended, total),
        )

    @display(description="created (UTC)", ordering="created_at")
    def created(self, workflow: Workflow) -> str:
        return moment(workflow.created_at)

    @display(description="duration")
    def took(self, workflow: Workflow) -> str:
        end: datetime = workflow.finished_at or timezone.now()
        return duration(end - workflow.started_at if workflow.started_at else None)

    def page(self, request: HttpRequest, obj: Workflow) -> dict[str, Any]:
        return page(staff_user(request), obj.pk, request.GET.get("page"))

    def start_view(self, request: HttpRequest, template_pk: Any) -> HttpResponse:
        with refusals_as_pages():
            outcome = start.view(request, template_pk)
        if isinstance(outcome, Workflow):
            messages.success(request, f"Started {outcome.template_id} {outcome.version}.")
            return redirect("admin:workflows_workflow_change", outcome.pk)
        return self.render_page(request, None, "admin/workflows/workflow/start.html", outcome)

    def check_start_view(self, request: HttpRequest, template_pk: Any) -> HttpResponse:
        return require_POST(self._check_start)(request, template_pk)

    def _check_start(self, request: HttpRequest, template_pk: Any) -> HttpResponse:
        with refusals_as_pages():
            return JsonResponse(start.checked(request, template_pk))

    def cancel_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        return require_POST(self._cancel_one)(request, pk)

    def _cancel_one(self, request: HttpRequest, pk: Any) -> HttpResponse:
        try:
            with refusals_as_pages():
                outcome = cancel(staff_user(request), workflow_id=pk)
        except Conflict as error:
            messages.error(request, error.detail)
        else:
            messages.success(request, "Cancelled." if outcome.applied else "Will be cancelled as soon as possible.")
        return redirect("admin:workflows_workflow_change", pk)

    @action(description="Cancel selected workflows")
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Workflow]) -> None:
        submitted = 0
        # In a transaction no command waits for its answer: a page of them, one after the other, might take minutes.
        with transaction.atomic():
            for pk in self.selected_ids(queryset):
                try:
                    cancel(staff_user(request), workflow_id=pk)
                    submitted += 1
                except (Conflict, Forbidden, Hidden) as refusal:
                    messages.error(request, f"{pk}: {refusal.detail}")
        if submitted:
            messages.success(request, f"{submitted} will be cancelled, except those that have ended.")
