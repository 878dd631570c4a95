"""Starting a workflow from a template by hand: a version, an input, and what the service says of them."""

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminSelectWidget

from apps.core.access import policy
from apps.core.admin.base import staff_user
from apps.core.admin.forms import JSONText, ProblemsForm
from apps.core.errors import Conflict, Hidden, Invalid
from apps.core.models import User
from apps.templates.models import JobTemplate, TemplateVersion
from apps.templates.services.read import versions_of
from apps.templates.versioning import versions
from apps.workflows.admin import start_check
from apps.workflows.admin.input_example import example_of
from apps.workflows.models import Workflow
from apps.workflows.services.start import start
from apps.workflows.wire import parsing


class StartForm(ProblemsForm):
    version = forms.ChoiceField(widget=UnfoldAdminSelectWidget)
    input = JSONText(14, label="Input")
    priority = forms.FloatField(
        label="Priority",
        required=False,
        widget=UnfoldAdminDecimalFieldWidget({"step": "any", "class": "bs-short"}),
        help_text="Higher goes first. If empty: the template's own.",
    )
    labels = JSONText(3, label="Labels", initial="{}")
    # The same form sent twice starts one workflow.
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, published: Sequence[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].choices = [(version, version) for version in published]  # type: ignore[attr-defined]


def view(request: HttpRequest, template_pk: UUID) -> Workflow | dict[str, Any]:
    """Return the workflow that was started, else the context of the page. Hidden, Forbidden."""
    user = staff_user(request)
    template = _to_start(user, template_pk)
    published = _published(user, template)
    form = _form(request, published)
    if request.method == "POST" and form.is_valid():
        started = _start(user, template, form)
        if started is not None:
            return started
    chosen = published.get(form["version"].value())
    frame = {"opts": template._meta, "original": template, "title": f"Start {template.template_id}"}
    return {
        **frame,
        "template": template,
        "form": form,
        "optional": [form["priority"], form["labels"]],
        "shown": chosen,
    }


def checked(request: HttpRequest, template_pk: UUID) -> dict[str, Any]:
    """Return what :func:`start_check.check` says of the input as it stands. Raises Hidden, Forbidden."""
    user = staff_user(request)
    version = _published(user, _to_start(user, template_pk)).get(request.POST.get("version", ""))
    if version is None:
        raise Hidden
    schema = version.document.get("inputSchema", {})
    chosen = start_check.chosen_shapes(request.POST.get("chosen", ""))
    return start_check.check(schema, request.POST.get("input", ""), chosen)


def _to_start(user: User, template_pk: UUID) -> JobTemplate:
    template = policy.visible(user, JobTemplate.objects.filter(pk=template_pk)).first()
    if template is None:
        raise Hidden
    policy.require(user, "start", template)
    return template


def _published(user: User, template: JobTemplate) -> dict[str, TemplateVersion]:
    """Return the published versions by name, the newest first."""
    rows = versions_of(user, template_id=template.template_id).published()
    by_version = {row.version: row for row in rows.defer("text")}
    return {version: by_version[version] for version in sorted(by_version, key=versions.precedence, reverse=True)}


def _form(request: HttpRequest, published: Mapping[str, TemplateVersion]) -> StartForm:
    names = list(published)
    if request.method == "POST":
        return StartForm(names, request.POST)
    asked = request.GET.get("version")
    version = asked if asked in published else next(iter(names), "")
    schema = published[version].document.get("inputSchema", {}) if version else {}
    example = json.dumps(example_of(schema), indent=2, ensure_ascii=False)
    return StartForm(names, initial={"version": version, "input": example, "key": uuid.uuid4()})


def _start(user: User, template: JobTemplate, form: StartForm) -> Workflow | None:
    given = form.cleaned_data
    body = {name: given[name] for name in ("version", "input", "priority", "labels") if given[name] is not None}
    try:
        # The same reading, and so the same rules, as of a request's body.
        start_request = parsing.start_request({"templateId": template.template_id, **body})
        return start(user, start_request, idempotency_key=f"admin-{given['key']}").workflow
    except Invalid as error:
        form.add_problems(error.problems)
    except Conflict as error:
        form.add_error(None, error.detail)
        # The key was used for what stood here before: this is another start.
        form.data = {**{name: form[name].value() for name in form.fields}, "key": str(uuid.uuid4())}
    return None
