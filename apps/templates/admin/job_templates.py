"""Templates: the list, and a page for each with its versions and the newest published document."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from apps.core import policy
from apps.core.admin.base import staff
from apps.core.admin.sharing import SharedAdmin
from apps.templates import versions
from apps.templates.admin.template_versions import STATUS_LABELS, steps
from apps.templates.models import JobTemplate, TemplateVersion
from apps.templates.services import read
from apps.templates.services.create import MAKERS_ACTIONS


@admin.register(JobTemplate)
class JobTemplateAdmin(SharedAdmin):
    actions_held = MAKERS_ACTIONS
    page_template = "admin/templates/jobtemplate/page.html"
    list_display = ("title", "newest_published", "created_at", "created_by")
    list_filter = ("created_at",)
    list_select_related = ("created_by",)
    search_fields = ("template_id", "search_text")
    search_help_text = "Search by template id, name, description, label or step"
    ordering = ("template_id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[JobTemplate]:
        return super().get_queryset(request).defer("search_text")

    @display(description="template", ordering="template_id", header=True)
    def title(self, template: JobTemplate) -> tuple[str, str]:
        return template.template_id, template.name if template.name != template.template_id else ""

    @display(description="newest published")
    def newest_published(self, template: JobTemplate) -> str | None:
        return template.newest_version or None

    def page(self, request: HttpRequest, obj: JobTemplate) -> dict[str, Any]:
        rows = TemplateVersion.objects.filter(template_pk=obj.pk).defer("text")
        documents: Mapping[UUID, TemplateVersion] = read.documents_of([obj.newest] if obj.newest else [])
        newest = documents.get(obj.newest) if obj.newest else None
        held = policy.allowed(staff(request), JobTemplate, [obj.pk], MAKERS_ACTIONS)[obj.pk]
        return {
            "versions": sorted(rows, key=lambda row: versions.precedence(row.version), reverse=True),
            "status_labels": STATUS_LABELS,
            "newest": newest,
            "steps": steps(newest.document) if newest else [],
            "may_start": newest is not None and "start" in held,
            "may_share": held == frozenset(MAKERS_ACTIONS),
        }
