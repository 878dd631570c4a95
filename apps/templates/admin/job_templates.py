"""Templates: the list, and a page for each with its versions and the newest published document."""

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from apps.core import policy
from apps.core.admin.base import staff
from apps.core.admin.sharing import SharedAdmin
from apps.templates import services, versions
from apps.templates.admin.template_versions import STATUS_LABELS, steps
from apps.templates.models import JobTemplate, TemplateVersion, VersionStatus
from apps.templates.services import MAKERS_ACTIONS


@admin.register(JobTemplate)
class JobTemplateAdmin(SharedAdmin):
    actions_held = MAKERS_ACTIONS
    page_template = "admin/templates/jobtemplate/page.html"
    list_display = ("title", "newest", "count", "created_at", "created_by")
    list_filter = ("versions__status", "created_at")
    list_select_related = ("created_by",)
    search_fields = ("template_id", "name")
    search_help_text = "Search by template id or name"
    ordering = ("template_id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[JobTemplate]:
        rows = Prefetch("versions", TemplateVersion.objects.only("template_id", "version", "status"))
        return super().get_queryset(request).prefetch_related(rows)

    @display(description="template", ordering="template_id", header=True)
    def title(self, template: JobTemplate) -> tuple[str, str]:
        return template.template_id, template.name if template.name != template.template_id else ""

    @display(description="newest published")
    def newest(self, template: JobTemplate) -> str | None:
        published = (row.version for row in template.versions.all() if row.status == VersionStatus.PUBLISHED)
        return versions.newest(published)

    @display(description="versions")
    def count(self, template: JobTemplate) -> int:
        return len(template.versions.all())

    def page(self, request: HttpRequest, obj: JobTemplate) -> dict[str, Any]:
        rows = obj.versions.only("version", "status", "created_at", "published_at", "created_by__username")
        rows = rows.select_related("created_by")
        newest = services.newest_published([obj.pk]).get(obj.pk)
        held = policy.allowed(staff(request), JobTemplate, [obj.pk], MAKERS_ACTIONS)[obj.pk]
        return {
            "versions": sorted(rows, key=lambda row: versions.precedence(row.version), reverse=True),
            "status_labels": STATUS_LABELS,
            "newest": newest,
            "steps": steps(newest.document) if newest else [],
            "may_start": newest is not None and "start" in held,
            "may_share": held == frozenset(MAKERS_ACTIONS),
        }
