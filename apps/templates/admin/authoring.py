"""The pages that the admins of templates and of versions share: the editor and the questions."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.core.access import policy
from apps.core.admin.base import ReadOnlyAdmin, refusals_as_pages, staff_user
from apps.core.errors import Hidden
from apps.core.models import User
from apps.templates.admin import actions, editor
from apps.templates.admin.actions import ConfirmedAction
from apps.templates.admin.document_check import check
from apps.templates.admin.edits import Edit
from apps.templates.models import JobTemplate, TemplateVersion
from apps.templates.services.create import ADD, StoredVersion


class AuthoringAdmin(ReadOnlyAdmin):
    def write(self, request: HttpRequest, find: Callable[[], Edit], *, check_url: str, back_url: str) -> HttpResponse:
        """Answer with the editor; once the text is stored, with the page of its version.

        ``find`` returns the edit or refuses: a text that has been sent then is shown, to be kept elsewhere.
        """
        try:
            edit = find()
        except (Http404, PermissionDenied) as refusal:
            if request.method != "POST":
                raise
            return self._kept(request, status=404 if isinstance(refusal, Http404) else 403)
        outcome = editor.page(request, edit)
        if not isinstance(outcome, StoredVersion):
            context = {**outcome, "check_url": check_url, "back_url": back_url}
            return self.render_page(request, None, editor.PAGE, context)
        messages.success(request, f"Saved {outcome.version} as {outcome.version.status}.")
        for warning in outcome.warnings:
            messages.warning(request, warning)
        return redirect(version_url(outcome.version))

    def _kept(self, request: HttpRequest, *, status: int) -> HttpResponse:
        context = {"title": "Not saved", "text": request.POST.get("text", "")}
        answer = self.render_page(request, None, "admin/templates/kept.html", context)
        answer.status_code = status
        return answer

    def checked(self, request: HttpRequest, edit: Edit) -> HttpResponse:
        """Answer with what is wrong with the text as it stands."""
        return JsonResponse(check(edit, request.POST.dict()))

    def ask(self, request: HttpRequest, obj: Any, action: ConfirmedAction) -> HttpResponse:
        """Ask first, then carry the action out."""
        if request.method == "POST":
            return actions.carry_out(request, action)
        return self.render_page(request, obj, actions.PAGE, {"action": action, "title": action.title, **action.more})


def template_for(request: HttpRequest, pk: Any, action: str) -> JobTemplate:
    """Return the template, for somebody who may do this with it; else a 404 or a 403."""
    user = staff_user(request)
    with refusals_as_pages():
        template = policy.visible(user, JobTemplate.objects.filter(pk=_key(pk))).first()
        if template is None:
            raise Hidden
        policy.require(user, action, template)
    return template


def version_for(request: HttpRequest, pk: Any, action: str = "change") -> TemplateVersion:
    """Return the version, for somebody who may do this with its template; else a 404 or a 403."""
    with refusals_as_pages():
        version = TemplateVersion.objects.filter(pk=_key(pk)).first()
        if version is None:
            raise Hidden
    template_for(request, version.template_pk, action)
    return version


def _key(text: Any) -> UUID:
    """Return the key. Django's own addresses take anything for one. Raises Hidden."""
    try:
        return UUID(str(text))
    except ValueError:
        raise Hidden from None


def template_creator(request: HttpRequest) -> User:
    """Return the user, who may create templates; else a 403."""
    user = staff_user(request)
    if not user.has_perm(ADD):
        raise PermissionDenied
    return user


def version_url(version: TemplateVersion) -> str:
    return reverse("admin:templates_templateversion_change", args=[version.pk])


def template_url(pk: Any) -> str:
    return reverse("admin:templates_jobtemplate_change", args=[pk])
