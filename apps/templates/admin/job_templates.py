"""The admin of templates: the list, the page of each, the editor, comparison and deletion."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST
from unfold.decorators import display

from apps.core.access import policy
from apps.core.admin.base import refusals_as_pages, staff_user
from apps.core.admin.columns import time_column
from apps.core.admin.sharing import SharedAdmin
from apps.templates.admin import comparison
from apps.templates.admin.actions import ConfirmedAction
from apps.templates.admin.authoring import AuthoringAdmin, template_creator, template_for, template_url
from apps.templates.admin.edits import Edit, NewVersionEdit, further_version
from apps.templates.admin.steps import steps
from apps.templates.admin.template_versions import STATUS_LABELS
from apps.templates.models import JobTemplate, TemplateVersion
from apps.templates.services import lifecycle, read
from apps.templates.services.create import ADD, CREATOR_ACTIONS
from apps.templates.storage import projection
from apps.templates.versioning import versions


@admin.register(JobTemplate)
class JobTemplateAdmin(AuthoringAdmin, SharedAdmin):
    actions_held = CREATOR_ACTIONS
    page_template = "admin/templates/jobtemplate/page.html"
    list_display = ("title", "newest_published", time_column("created_at"), "created_by")
    list_filter = ("created_at",)
    list_select_related = ("created_by",)
    search_fields = ("template_id", "search_text")
    search_help_text = "Search by template id, name, description, label or step"
    ordering = ("template_id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[JobTemplate]:
        return super().get_queryset(request).defer("search_text")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("add/check/", view(require_POST(self.check_new_view)), name="templates_new_check"),
            path("<uuid:pk>/edit/", view(self.edit_view), name="templates_edit"),
            path("<uuid:pk>/edit/check/", view(require_POST(self.check_edit_view)), name="templates_edit_check"),
            path("<uuid:pk>/compare/", view(self.compare_view), name="templates_compare"),
        ]
        return own + super().get_urls()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return staff_user(request).has_perm(ADD)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[JobTemplate], search_term: str
    ) -> tuple[QuerySet[JobTemplate], bool]:
        # The database's own comparison knows less of case; SQLite's that of ASCII alone.
        return super().get_search_results(request, queryset, projection.folded(search_term))

    @display(description="template", ordering="template_id", header=True)
    def title(self, template: JobTemplate) -> tuple[str, str]:
        return template.template_id, template.name if template.name != template.template_id else ""

    @display(description="newest published")
    def newest_published(self, template: JobTemplate) -> str | None:
        return template.newest_version or None

    def page(self, request: HttpRequest, obj: JobTemplate) -> dict[str, Any]:
        found = read.documents_of([obj.newest]) if obj.newest else {}
        newest = next(iter(found.values()), None)
        held = policy.held_actions(staff_user(request), JobTemplate, [obj.pk], CREATOR_ACTIONS)[obj.pk]
        return {
            "versions": _newest_first(_rows(obj.pk)),
            "status_labels": STATUS_LABELS,
            "newest": newest,
            "steps": steps(newest.document) if newest else [],
            "may_start": newest is not None and "start" in held,
            "may_change": "change" in held,
            "may_delete": "delete" in held,
            "may_share": held == frozenset(CREATOR_ACTIONS),
        }

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        back = reverse("admin:templates_jobtemplate_changelist")
        check_url = reverse("admin:templates_new_check")
        return self.write(
            request, lambda: NewVersionEdit(template_creator(request)), check_url=check_url, back_url=back
        )

    def check_new_view(self, request: HttpRequest) -> HttpResponse:
        return self.checked(request, NewVersionEdit(template_creator(request)))

    def edit_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        check_url = reverse("admin:templates_edit_check", args=[pk])
        return self.write(request, partial(self._further, request, pk), check_url=check_url, back_url=template_url(pk))

    def check_edit_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self.checked(request, self._further(request, pk))

    def _further(self, request: HttpRequest, pk: UUID) -> Edit:
        template = template_for(request, pk, "change")
        with refusals_as_pages():
            return further_version(staff_user(request), template, request.GET.get("from"))

    def compare_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        template = template_for(request, pk, "view")
        with refusals_as_pages():
            context = comparison.context(_rows(pk), request.GET.dict())
        title = f"{template.template_id}: {context['old']} and {context['new']}"
        return self.render_page(request, template, "admin/templates/compare.html", {**context, "title": title})

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        template = template_for(request, object_id, "delete")
        action = ConfirmedAction(
            title=f"Delete {template.template_id}",
            question=f"Delete the template {template.template_id}? It is hidden, with all its versions, and nothing "
            "can be started from it any more. Workflows that ended keep the document they were started with.",
            button="Yes, delete the template",
            done=f"Deleted {template.template_id}.",
            do=partial(lifecycle.delete, staff_user(request), template_id=template.template_id),
            back=template_url(template.pk),
            then=reverse("admin:templates_jobtemplate_changelist"),
            danger=True,
        )
        return self.ask(request, template, action)


def _rows(pk: UUID) -> QuerySet[TemplateVersion]:
    """Return all versions, without their documents."""
    return TemplateVersion.objects.of_template(pk).defer("text")


def _newest_first(rows: QuerySet[TemplateVersion]) -> list[TemplateVersion]:
    return sorted(rows, key=lambda row: versions.precedence(row.version), reverse=True)
