"""The admin of versions: the list, the page of each, the editor of drafts, publication and deprecation."""

from collections.abc import Collection
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST
from unfold.decorators import display

from apps.core.access import policy
from apps.core.admin.base import staff_user
from apps.core.admin.columns import time_column
from apps.core.models import User
from apps.templates.admin import comparison, edits
from apps.templates.admin.actions import ConfirmedAction
from apps.templates.admin.authoring import AuthoringAdmin, template_url, version_for, version_url
from apps.templates.admin.edits import Edit
from apps.templates.admin.steps import steps
from apps.templates.models import JobTemplate, TemplateVersion, VersionStatus
from apps.templates.services import breaking_changes, lifecycle, read

STATUS_LABELS = {
    VersionStatus.DRAFT: "info",
    VersionStatus.PUBLISHED: "success",
    VersionStatus.DEPRECATED: "warning",
}


@admin.register(TemplateVersion)
class TemplateVersionAdmin(AuthoringAdmin):
    page_template = "admin/templates/templateversion/page.html"
    list_display = (
        "template_id",
        "version",
        "status_label",
        *map(time_column, ("created_at", "published_at")),
        "created_by",
    )
    list_display_links = ("template_id", "version")
    list_filter = ("status", "created_at")
    search_fields = ("template_id", "version")
    search_help_text = "Search by template or version"
    ordering = ("-created_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[TemplateVersion]:
        rows = TemplateVersion.objects.order_by(*self.ordering)
        templates = policy.visible(staff_user(request), JobTemplate.objects.all()).values_list("pk", flat=True)
        # No statement reaches from MongoDB into the main database.
        found = rows.filter(template_pk__in=templates if templates.db == rows.db else list(templates))
        # Lists do without the documents.
        return found.defer("text")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<uuid:pk>/edit/", view(self.edit_view), name="templates_draft"),
            path("<uuid:pk>/edit/check/", view(require_POST(self.check_view)), name="templates_draft_check"),
            path("<uuid:pk>/publish/", view(self.publish_view), name="templates_publish"),
            path("<uuid:pk>/deprecate/", view(self.deprecate_view), name="templates_deprecate"),
        ]
        return own + super().get_urls()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: TemplateVersion | None = None) -> bool:
        # get_queryset has chosen what there is to view.
        return True

    @display(description="status", ordering="status", label=STATUS_LABELS)
    def status_label(self, version: TemplateVersion) -> str:
        return version.status

    def page(self, request: HttpRequest, obj: TemplateVersion) -> dict[str, Any]:
        held = policy.held_actions(staff_user(request), JobTemplate, [obj.template_pk], ["start", "change"])[
            obj.template_pk
        ]
        return {
            "version": obj,
            "status_labels": STATUS_LABELS,
            "steps": steps(obj.document),
            "may_start": obj.status == VersionStatus.PUBLISHED and "start" in held,
            "may_change": "change" in held,
        }

    def edit_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        back_url = reverse("admin:templates_templateversion_change", args=[pk])
        if request.method != "POST" and (version := version_for(request, pk)).status != VersionStatus.DRAFT:
            messages.error(request, f"{version} is {version.status}: it never changes again.")
            return redirect(back_url)
        check_url = reverse("admin:templates_draft_check", args=[pk])
        return self.write(request, partial(self._draft, request, pk), check_url=check_url, back_url=back_url)

    def check_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self.checked(request, self._draft(request, pk))

    def _draft(self, request: HttpRequest, pk: UUID) -> Edit:
        return edits.draft(staff_user(request), version_for(request, pk))

    def publish_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        draft = version_for(request, pk)
        before = breaking_changes.previous_version(draft.template_pk, draft.version)
        action = ConfirmedAction(
            title=f"Publish {draft}",
            question=f"Publish {draft}? From then on it can be started, and never changes again.",
            button="Publish",
            done=f"Published {draft}.",
            do=partial(_publish, staff_user(request), draft),
            tag=read.etag(draft),
            back=version_url(draft),
            then=version_url(draft),
            more={"update": comparison.update(before, draft.version, draft.document) if before else None},
        )
        return self.ask(request, draft, action)

    def deprecate_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        version = version_for(request, pk)
        action = ConfirmedAction(
            title=f"Deprecate {version}",
            question=f"Deprecate {version}? Nothing is started from it any more; what runs goes on. "
            "It cannot be published again.",
            button="Yes, deprecate it",
            done=f"Deprecated {version}.",
            do=partial(_deprecate, staff_user(request), version),
            tag=read.etag(version),
            back=version_url(version),
            then=version_url(version),
            danger=True,
        )
        return self.ask(request, version, action)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        draft = version_for(request, object_id)
        action = ConfirmedAction(
            title=f"Delete {draft}",
            question=f"Delete the draft {draft}? It is gone for good.",
            button="Yes, delete the draft",
            done=f"Deleted the draft {draft}.",
            do=partial(lifecycle.delete_draft, staff_user(request), **_name(draft)),
            tag=read.etag(draft),
            back=version_url(draft),
            then=template_url(draft.template_pk),
            danger=True,
        )
        return self.ask(request, draft, action)


def _publish(actor: User, draft: TemplateVersion, if_match: Collection[str] | None) -> tuple[str, ...]:
    return lifecycle.publish(actor, **_name(draft), if_match=if_match).warnings


def _deprecate(actor: User, version: TemplateVersion, if_match: Collection[str] | None) -> None:
    lifecycle.deprecate(actor, **_name(version), if_match=if_match)


def _name(version: TemplateVersion) -> dict[str, str]:
    return {"template_id": version.template_id, "version": version.version}
