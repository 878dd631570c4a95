"""The form of a trigger, new or to be changed."""

import json
from typing import Any

from django import forms
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from apps.core.access import policy
from apps.core.admin.base import staff_user
from apps.core.admin.forms import CodeText, JSONText, ProblemsForm
from apps.core.errors import Conflict, Forbidden, Invalid
from apps.templates.models import JobTemplate
from apps.workflows.admin.filters import MAX_CHOICES
from apps.workflows.models import Trigger
from apps.workflows.services import triggers
from apps.workflows.triggers.definition import DEFAULT_FILTER
from apps.workflows.wire import trigger_parsing

TEMPLATES_LIST = "templates"
NEW = {"filter": DEFAULT_FILTER, "input": json.dumps({"data": "${event.data}"}, indent=2), "enabled": True}


class TriggerForm(ProblemsForm):
    fields_of_keys = {"templateId": "template"}

    name = forms.CharField(widget=UnfoldAdminTextInputWidget)
    topic = forms.CharField(
        widget=UnfoldAdminTextInputWidget,
        help_text="Any topic of the bus, such as base-shift.workflows.",
    )
    filter = CodeText(3, label="Filter", help_text="CEL over event. true lets every message through.")
    template = forms.CharField(widget=UnfoldAdminTextInputWidget({"list": TEMPLATES_LIST}))
    version = forms.CharField(
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="Exact, or a range such as ^1.2. If empty: the newest published.",
    )
    input = JSONText(8, label="Input", help_text="JSON; ${event.data.amount} stands for that part of the event.")
    enabled = forms.BooleanField(required=False, widget=UnfoldBooleanSwitchWidget)


def view(request: HttpRequest, trigger: Trigger | None) -> Trigger | dict[str, Any]:
    """Return the trigger as it was stored, else the context of the page. Hidden, Forbidden."""
    user = staff_user(request)
    if trigger is None:
        policy.require_model(user, triggers.ADD)
    else:
        policy.require(user, "change", trigger)
    form = _form(request, trigger)
    if request.method == "POST" and form.is_valid():
        stored = _store(request, form, trigger)
        if stored is not None:
            return stored
    startable = policy.visible(user, JobTemplate.objects.published(), "start")
    names = startable.order_by("template_id").values_list("template_id", flat=True)[:MAX_CHOICES]
    title = f"Edit {trigger.name}" if trigger else "New trigger"
    return {"form": form, "title": title, "templates": names, "templates_list": TEMPLATES_LIST}


def _form(request: HttpRequest, trigger: Trigger | None) -> TriggerForm:
    form = TriggerForm(request.POST) if request.method == "POST" else TriggerForm(initial=_initial(trigger))
    if trigger is not None:
        del form.fields["name"]
    return form


def _initial(trigger: Trigger | None) -> dict[str, Any]:
    if trigger is None:
        return NEW
    same = {name: getattr(trigger, name) for name in ("topic", "filter", "version", "enabled")}
    written = json.dumps(trigger.input, indent=2, ensure_ascii=False)
    return {**same, "template": trigger.template_id, "input": written}


def _store(request: HttpRequest, form: TriggerForm, trigger: Trigger | None) -> Trigger | None:
    given = form.cleaned_data
    body: dict[str, Any] = {key: given[key] for key in ("name", "topic", "filter", "input", "enabled") if key in given}
    body |= {"templateId": given["template"], "version": given["version"] or None}
    try:
        # The same reading, and so the same rules, as of a request's body.
        definition = trigger_parsing.definition(body, name=trigger.name if trigger else None)
        if trigger is None:
            return triggers.create(staff_user(request), definition=definition)
        return triggers.update(staff_user(request), name=trigger.name, definition=definition)
    except Invalid as error:
        form.add_problems(error.problems)
    except (Conflict, Forbidden) as error:
        form.add_error(None, error.detail)
    return None
