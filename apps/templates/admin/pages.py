"""What the admins of templates and of versions share: their pages to write on, and their questions."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.core import policy
from apps.core.admin.base import ReadOnlyAdmin, refusals_as_pages, staff
from apps.core.errors import Hidden
from apps.templates.admin import acts, editing
from apps.templates.admin.acts import Act
from apps.templates.admin.checking import check
from apps.templates.admin.writing import Writing
from apps.templates.models import JobTemplate, TemplateVersion
from apps.templates.services.create import Stored


class AuthoringAdmin(ReadOnlyAdmin):
    def write(self, request: HttpRequest, writing: Writing, *, check_url: str, back_url: str) -> HttpResponse:
        """The page with the editor; once the text is stored, the page of its version."""
        outcome = editing.page(request, writing)
        if not isinstance(outcome, Stored):
            context = {**outcome, "check_url": check_url, "back_url": back_url}
            return self.rendered(request, None, editing.PAGE, context)
        messages.success(request, f"Saved {outcome.version} as {outcome.version.status}.")
        for warning in outcome.warnings:
            messages.warning(request, warning)
        return redirect(version_url(outcome.version))

    def checked(self, request: HttpRequest, writing: Writing) -> HttpResponse:
        """What is wrong with the text as it stands."""
        return JsonResponse(check(writing, request.POST.dict()))

    def ask(self, request: HttpRequest, obj: Any, act: Act) -> HttpResponse:
        """The question first, then the act."""
        if request.method == "POST":
            return acts.carry_out(request, act)
        return self.rendered(request, obj, acts.PAGE, {"act": act, "title": act.title, **act.more})


def template_for(request: HttpRequest, pk: Any, action: str) -> JobTemplate:
    """The template, for somebody who may do this with it; else a 404 or a 403."""
    user = staff(request)
    with refusals_as_pages():
        template = policy.visible(user, JobTemplate.objects.filter(pk=pk)).first()
        if template is None:
            raise Hidden
        policy.require(user, action, template)
    return template


def version_for(request: HttpRequest, pk: Any, action: str = "change") -> TemplateVersion:
    """The version, for somebody who may do this with its template; else a 404 or a 403."""
    version = TemplateVersion.objects.filter(pk=pk).first()
    with refusals_as_pages():
        if version is None:
            raise Hidden
    template_for(request, version.template_pk, action)
    return version


def require_maker(request: HttpRequest, permission: str) -> None:
    if not staff(request).has_perm(permission):
        raise PermissionDenied


def version_url(version: TemplateVersion) -> str:
    return reverse("admin:templates_templateversion_change", args=[version.pk])


def template_url(pk: Any) -> str:
    return reverse("admin:templates_jobtemplate_change", args=[pk])
