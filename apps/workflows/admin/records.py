"""Pages of commands and of quarantined entries: to be looked at and dismissed, never to be changed."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import action, display

from apps.core.admin.base import GuardedAdmin, ReadOnlyAdmin, refusals_as_pages, staff_user
from apps.core.admin.columns import time_column
from apps.core.templatetags.pages import moment
from apps.workflows.models import Command, QuarantinedEntry, Workflow
from apps.workflows.services import quarantine

ANSWER_LABELS = {"applied": "success", "refused": "danger", "waits": "info"}


@admin.register(Command)
class CommandAdmin(GuardedAdmin):
    """Acts from outside, as they were stored before the engine took them."""

    part_of = (Workflow, "workflow_id")
    page_template = "admin/workflows/record.html"
    list_display = (
        "kind",
        "workflow_id",
        "job_id",
        "answer",
        "actor",
        time_column("created_at"),
        time_column("applied_at"),
    )
    list_filter = ("kind", "created_at")
    list_select_related = ("actor",)
    search_fields = ("workflow__id", "job_id")
    ordering = ("-created_at",)
    sortable_by = ()

    @display(description="answer", label=ANSWER_LABELS)
    def answer(self, command: Command) -> str:
        if command.result is None:
            return "waits"
        return "refused" if command.result["status"] >= 400 else "applied"

    def page(self, request: HttpRequest, obj: Command) -> dict[str, Any]:
        values = {
            "Kind": obj.kind,
            "Job": obj.job_id,
            "Given by": obj.actor,
            "Created (UTC)": moment(obj.created_at),
            "Applied (UTC)": moment(obj.applied_at),
        }
        return {"values": values, "documents": {"Payload": obj.payload, "Result": obj.result}, "of": obj.workflow_id}


@admin.register(QuarantinedEntry)
class QuarantinedEntryAdmin(ReadOnlyAdmin):
    """Entries of the journal that could not be applied. They belong to the engine: a model permission shows them."""

    page_template = "admin/workflows/record.html"
    list_display = ("position", "workflow_id", "reason", time_column("created_at"))
    list_filter = ("created_at",)
    search_fields = ("position", "workflow_id", "error")
    ordering = ("-created_at",)
    sortable_by = ()
    actions = ("dismiss_selected",)

    def has_dismiss_permission(self, request: HttpRequest) -> bool:
        return staff_user(request).has_perm(quarantine.PERMISSION)

    @display(description="error")
    def reason(self, entry: QuarantinedEntry) -> str:
        lines = entry.error.strip().splitlines() or [""]
        return lines[-1][:200]

    def page(self, request: HttpRequest, obj: QuarantinedEntry) -> dict[str, Any]:
        values = {"Position": obj.position, "Workflow": obj.workflow_id, "Quarantined (UTC)": moment(obj.created_at)}
        return {"values": values, "documents": {"Entry": obj.entry}, "trace": obj.error}

    @action(description="Dismiss selected entries for good", permissions=["dismiss"])
    def dismiss_selected(self, request: HttpRequest, queryset: QuerySet[QuarantinedEntry]) -> None:
        with refusals_as_pages():
            done = quarantine.dismiss_many(staff_user(request), entry_ids=self.selected_ids(queryset))
        messages.success(request, f"{done} dismissed.")
