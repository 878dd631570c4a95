"""The admin of dead letters: why they could not be delivered, with actions to replay or dismiss them."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.text import Truncator
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import action, display

from apps.core.admin.base import ReadOnlyAdmin, refusals_as_pages, staff_user
from apps.core.errors import Conflict
from apps.core.templatetags.pages import moment
from apps.events.models import DeadLetter
from apps.events.services import dismiss
from apps.events.services.replay import PERMISSION, replay, replay_many

OPEN, REPLAYED = "open", "replayed"
STATE_LABELS = {OPEN: "danger", REPLAYED: "success"}
MAX_SHOWN_REASON_LENGTH = 160


class DeadLetterStateFilter(DropdownFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state, state) for state in STATE_LABELS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[DeadLetter]) -> QuerySet[DeadLetter]:
        if self.value() not in STATE_LABELS:
            return queryset
        return queryset.filter(replayed_at__isnull=self.value() == OPEN)


@admin.register(DeadLetter)
class DeadLetterAdmin(ReadOnlyAdmin):
    page_template = "admin/events/deadletter/page.html"
    list_display = ("created", "origin", "topic", "short_reason", "state")
    list_filter = (DeadLetterStateFilter, "created_at")
    list_filter_submit = True
    search_fields = ("reference", "key")
    search_help_text = "Search by a part of the reference or the key"
    ordering = ("-created_at", "-id")
    sortable_by = ()
    actions = ("replay_selected", "dismiss_selected")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.replay_view)
        return [path("<int:pk>/replay/", view, name="events_replay"), *super().get_urls()]

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return staff_user(request).has_perm(PERMISSION)

    def has_dismiss_permission(self, request: HttpRequest) -> bool:
        return staff_user(request).has_perm(dismiss.PERMISSION)

    @display(description="created (UTC)")
    def created(self, letter: DeadLetter) -> str:
        return moment(letter.created_at)

    @display(description="reason")
    def short_reason(self, letter: DeadLetter) -> str:
        return Truncator(letter.reason).chars(MAX_SHOWN_REASON_LENGTH)

    @display(description="state", label=STATE_LABELS)
    def state(self, letter: DeadLetter) -> str:
        return OPEN if letter.replayed_at is None else REPLAYED

    def page(self, request: HttpRequest, obj: DeadLetter) -> dict[str, Any]:
        return {"letter": obj, "may_replay": self.has_replay_permission(request) and obj.replayed_at is None}

    def replay_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return require_POST(self._replay_one)(request, pk)

    def _replay_one(self, request: HttpRequest, pk: int) -> HttpResponse:
        try:
            with refusals_as_pages():
                replay(staff_user(request), letter_id=pk)
        except Conflict as error:
            messages.error(request, error.detail)
        else:
            messages.success(request, "It will be tried again.")
        return redirect("admin:events_deadletter_change", pk)

    @action(description="Replay selected dead letters", permissions=["replay"])
    def replay_selected(self, request: HttpRequest, queryset: QuerySet[DeadLetter]) -> None:
        with refusals_as_pages():
            done = replay_many(staff_user(request), letter_ids=self.selected_ids(queryset))
        messages.success(request, f"{done} will be tried again.")

    @action(description="Dismiss selected dead letters for good", permissions=["dismiss"])
    def dismiss_selected(self, request: HttpRequest, queryset: QuerySet[DeadLetter]) -> None:
        with refusals_as_pages():
            done = dismiss.dismiss_many(staff_user(request), letter_ids=self.selected_ids(queryset))
        messages.success(request, f"{done} dismissed.")
