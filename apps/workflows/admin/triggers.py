"""Triggers: the list, a page for each with what it started and what failed, and a form."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST
from unfold.decorators import display

from apps.core.access import policy
from apps.core.admin.base import refusals_as_pages, staff_user
from apps.core.admin.sharing import SharedAdmin
from apps.core.templatetags.pages import moment
from apps.workflows.admin import trigger_form
from apps.workflows.models import Trigger, TriggerFailure, TriggerStart, TriggerTopic
from apps.workflows.services import triggers
from apps.workflows.services.triggers import CREATOR_ACTIONS

MAX_STARTS = 20
MAX_FAILURES = 100
STATE_LABELS = {"on": "success", "off": "default", "fails": "warning", "gave up": "danger"}


@admin.register(Trigger)
class TriggerAdmin(SharedAdmin):
    actions_held = CREATOR_ACTIONS
    page_template = "admin/workflows/trigger/page.html"
    list_display = ("title", "state", "target", "owner_name", "updated")
    list_filter = ("enabled", "updated_at")
    search_fields = ("name", "topic", "template_id")
    search_help_text = "Search by name, topic or template"
    ordering = ("name",)
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Trigger]:
        failures = TriggerFailure.objects.filter(trigger=OuterRef("pk"))
        return (
            super()
            .get_queryset(request)
            .select_related("owner")
            .annotate(
                gave_up=Exists(failures.given_up()),
                fails=Exists(failures.waiting()),
            )
        )

    def get_urls(self) -> list[URLPattern]:
        own = {"edit": self.edit_view, "switch": self.switch_view, "remove": self.remove_view}
        own["replay"] = self.replay_view
        paths = [
            path(f"<uuid:pk>/{name}/", self.admin_site.admin_view(view), name=f"workflows_trigger_{name}")
            for name, view in own.items()
        ]
        return paths + super().get_urls()

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return staff_user(request).has_perm(triggers.ADD)

    @display(description="trigger", header=True)
    def title(self, trigger: Trigger) -> tuple[str, str]:
        return trigger.name, trigger.topic

    @display(description="state", label=STATE_LABELS)
    def state(self, trigger: Any) -> str:
        return _state(trigger)

    @display(description="starts")
    def target(self, trigger: Trigger) -> str:
        return f"{trigger.template_id} {trigger.version}"

    @display(description="owner")
    def owner_name(self, trigger: Trigger) -> str | None:
        return trigger.owner.get_username() if trigger.owner else None

    @display(description="changed (UTC)")
    def updated(self, trigger: Trigger) -> str:
        return moment(trigger.updated_at)

    def page(self, request: HttpRequest, obj: Trigger) -> dict[str, Any]:
        held = policy.held_actions(staff_user(request), Trigger, [obj.pk], CREATOR_ACTIONS)[obj.pk]
        failures = list(TriggerFailure.objects.filter(trigger=obj).latest_first()[: MAX_FAILURES + 1])
        return {
            "state": _state(obj),
            "state_labels": STATE_LABELS,
            "starts": TriggerStart.objects.filter(trigger=obj).order_by("-id")[:MAX_STARTS],
            "progress": TriggerTopic.objects.filter(pk=obj.topic).first(),
            "failures": failures[:MAX_FAILURES],
            "more_failures": len(failures) > MAX_FAILURES,
            "may_change": "change" in held,
            "may_delete": "delete" in held,
            "may_share": held == frozenset(CREATOR_ACTIONS),
        }

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return self._form(request, None)

    def edit_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        return self._form(request, self.visible_object(request, pk))

    def _form(self, request: HttpRequest, trigger: Trigger | None) -> HttpResponse:
        with refusals_as_pages():
            outcome = trigger_form.view(request, trigger)
        if isinstance(outcome, Trigger):
            messages.success(request, f"Stored {outcome.name}.")
            return redirect("admin:workflows_trigger_change", outcome.pk)
        return self.render_page(request, trigger, "admin/workflows/trigger/form.html", outcome)

    def switch_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        return require_POST(self._switch)(request, pk)

    def _switch(self, request: HttpRequest, pk: Any) -> HttpResponse:
        enabled = request.POST.get("enabled") == "true"
        with refusals_as_pages():
            trigger = triggers.set_enabled(
                staff_user(request), name=self.visible_object(request, pk).name, enabled=enabled
            )
        messages.success(request, f"{trigger.name} is {'on' if enabled else 'off'}.")
        return redirect("admin:workflows_trigger_change", pk)

    def remove_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        return require_POST(self._remove)(request, pk)

    def _remove(self, request: HttpRequest, pk: Any) -> HttpResponse:
        name = self.visible_object(request, pk).name
        with refusals_as_pages():
            triggers.delete(staff_user(request), name=name)
        messages.success(request, f"Deleted {name}.")
        return redirect("admin:workflows_trigger_changelist")

    def replay_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        return require_POST(self._replay)(request, pk)

    def _replay(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Replay one failure, or all that the page can show."""
        trigger = self.visible_object(request, pk)
        given_up = TriggerFailure.objects.given_up().filter(trigger=trigger).latest_first()
        chosen = request.POST.get("failure", "")
        pks = [one for one in given_up.values_list("pk", flat=True)[:MAX_FAILURES] if chosen in ("", str(one))]
        with refusals_as_pages():
            count = triggers.replay(staff_user(request), name=trigger.name, failure_ids=pks)
        messages.success(request, f"{count} will be tried again.")
        return redirect("admin:workflows_trigger_change", pk)


def _state(trigger: Any) -> str:
    """``trigger`` is a row of the admin's own queryset."""
    if not trigger.enabled:
        return "off"
    return "gave up" if trigger.gave_up else "fails" if trigger.fails else "on"
