"""Versions of templates: immutable, so there is nothing to do here but read."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from apps.core import policy
from apps.core.admin.base import ReadOnlyAdmin, staff
from apps.templates.models import JobTemplate, TemplateVersion, VersionStatus

STATUS_LABELS = {
    VersionStatus.DRAFT: "info",
    VersionStatus.PUBLISHED: "success",
    VersionStatus.DEPRECATED: "warning",
}

MAX_STEPS = 200


@admin.register(TemplateVersion)
class TemplateVersionAdmin(ReadOnlyAdmin):
    page_template = "admin/templates/templateversion/page.html"
    list_display = ("template_id", "version", "status_label", "created_at", "published_at", "created_by")
    list_display_links = ("template_id", "version")
    list_filter = ("status", "created_at")
    search_fields = ("template_id", "version")
    search_help_text = "Search by template or version"
    ordering = ("-created_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[TemplateVersion]:
        # The keys, not a subquery: versions may be in another database. Lists do without the documents.
        templates = policy.visible(staff(request), JobTemplate.objects.all()).values_list("pk", flat=True)
        rows = TemplateVersion.objects.filter(template_pk__in=list(templates))
        return rows.order_by(*self.ordering).defer("text")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: TemplateVersion | None = None) -> bool:
        # get_queryset has chosen what there is to view.
        return True

    @display(description="status", ordering="status", label=STATUS_LABELS)
    def status_label(self, version: TemplateVersion) -> str:
        return version.status

    def page(self, request: HttpRequest, obj: TemplateVersion) -> dict[str, Any]:
        held = policy.allowed(staff(request), JobTemplate, [obj.template_pk], ["start"])
        published = obj.status == VersionStatus.PUBLISHED
        return {
            "version": obj,
            "status_labels": STATUS_LABELS,
            "steps": steps(obj.document),
            "may_start": published and "start" in held[obj.template_pk],
        }


def steps(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The steps of a document as rows of a table, of a very long one the first."""
    listed: Sequence[Mapping[str, Any]] = document["steps"][:MAX_STEPS]
    before: Sequence[Any] = []
    rows = []
    for step in listed:
        after = step.get("dependsOn", before)
        rows.append({**step, "after": [_edge(edge) for edge in after]})
        before = [step["name"]]
    return rows


def _edge(edge: str | Mapping[str, str]) -> str:
    """``name``, or ``name (failure)`` where the edge waits for something else than success."""
    if isinstance(edge, str):
        return edge
    on = edge.get("on", "success")
    return edge["step"] if on == "success" else f"{edge['step']} ({on})"
