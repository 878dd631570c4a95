"""Pages of the consumers' progress with each topic. Topics belong to nobody: a model permission shows them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from apps.core.admin.base import ReadOnlyAdmin
from apps.core.templatetags.pages import duration, moment
from apps.workflows.models import Trigger, TriggerTopic


@admin.register(TriggerTopic)
class TriggerTopicAdmin(ReadOnlyAdmin):
    page_template = "admin/workflows/record.html"
    list_display = ("topic", "done", "lag", "reported", "fault")
    search_fields = ("topic",)
    ordering = ("topic",)
    sortable_by = ()

    @display(description="last message done (UTC)")
    def done(self, row: TriggerTopic) -> str:
        return moment(row.message_at)

    @display(description="it had waited")
    def lag(self, row: TriggerTopic) -> str:
        return duration(row.waited)

    @display(description="reported (UTC)")
    def reported(self, row: TriggerTopic) -> str:
        return moment(row.reported_at)

    def page(self, request: HttpRequest, obj: TriggerTopic) -> dict[str, Any]:
        values = {
            "Last message done (UTC)": moment(obj.message_at),
            "It had waited": duration(obj.waited),
            "Told (UTC)": moment(obj.reported_at),
            "Enabled triggers": Trigger.objects.enabled().filter(topic=obj.topic).count(),
        }
        return {"values": values, "trace": obj.fault}
