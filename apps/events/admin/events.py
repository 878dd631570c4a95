"""The admin of events: read-only, with the state of their publication."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from apps.core.admin.base import ReadOnlyAdmin
from apps.core.templatetags.pages import moment
from apps.events import lag, topics
from apps.events.catalogue import CATALOGUE
from apps.events.models import Event
from apps.events.outbox import cloudevent

WAITS, PUBLISHED, QUARANTINED = "waits", "published", "quarantined"
STATE_LABELS = {WAITS: "info", PUBLISHED: "success", QUARANTINED: "danger"}

CONDITIONS = {
    WAITS: Q(published_at=None, quarantined_at=None),
    PUBLISHED: Q(published_at__isnull=False),
    QUARANTINED: Q(quarantined_at__isnull=False),
}


class EventStateFilter(DropdownFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state, state) for state in STATE_LABELS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(CONDITIONS.get(self.value() or "", Q()))


class TypeFilter(DropdownFilter):
    """A filter with the types of the catalogue: finding those of the table would read all of it."""

    title = "type"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, one.name) for name, one in CATALOGUE.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(type=self.value()) if self.value() else queryset


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """The admin of all events, whatever they are about: a model permission shows them."""

    page_template = "admin/events/event/page.html"
    list_before_template = "admin/events/event/lag.html"
    list_display = ("time_utc", "type", "subject", "state", "published")
    list_filter = (EventStateFilter, TypeFilter)
    list_filter_submit = True
    search_fields = ("key",)
    search_help_text = "Search by the whole key: a workflow's id, or a templateId"
    ordering = ("-id",)
    sortable_by = ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Event], search_term: str
    ) -> tuple[QuerySet[Event], bool]:
        term = search_term.strip()
        return (queryset.filter(key=term) if term else queryset), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"lag": lag.measure(timezone.now()), **(extra_context or {})})

    @display(description="time (UTC)")
    def time_utc(self, event: Event) -> str:
        return moment(event.time)

    @display(description="state", label=STATE_LABELS)
    def state(self, event: Event) -> str:
        if event.quarantined_at is not None:
            return QUARANTINED
        return WAITS if event.published_at is None else PUBLISHED

    @display(description="published (UTC)")
    def published(self, event: Event) -> str:
        return moment(event.published_at)

    def page(self, request: HttpRequest, obj: Event) -> dict[str, Any]:
        event = cloudevent({name: getattr(obj, name) for name in ("event_id", "type", "subject", "time", "data")})
        values = {
            "Topic": obj.topic,
            "Key": obj.key,
            "State": self.state(obj),
            "Published (UTC)": moment(obj.published_at),
            "Quarantined (UTC)": moment(obj.quarantined_at),
        }
        return {"values": values, "event": event, "is_workflow": obj.topic in (topics.WORKFLOWS, topics.JOBS)}
