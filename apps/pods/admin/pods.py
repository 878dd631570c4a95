"""Pods: what each does, where, and why it is as it is."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST
from unfold.decorators import display

from apps.core import policy
from apps.core.admin.base import GuardedAdmin, refusals_as_pages, staff
from apps.core.errors import Refusal
from apps.core.templatetags.pages import moment
from apps.pods.models import Pod, PodPool
from apps.pods.services import pods
from apps.pods.services.pools import OPERATE

STATE_LABELS = {
    "starting": "info",
    "ready": "success",
    "draining": "warning",
    "unhealthy": "danger",
    "stopping": "warning",
    "ended": "default",
}


def may_operate(request: HttpRequest, pool: PodPool) -> bool:
    return OPERATE in policy.allowed(staff(request), PodPool, [pool.pk], [OPERATE]).get(pool.pk, frozenset())


def tried(request: HttpRequest, act: Callable[[], object], done: str) -> None:
    """Do it and say so; what the policy refuses is a page of its own, any other refusal a message."""
    try:
        with refusals_as_pages():
            act()
    except Refusal as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, done)


@admin.register(Pod)
class PodAdmin(GuardedAdmin):
    part_of = (PodPool, "pool_id")
    page_template = "admin/pods/pod/page.html"
    list_display = ("name", "pool", "shown_state", "busy", "node", "restarts", "created", "reason")
    list_filter = ("state",)
    list_select_related = ("pool",)
    search_fields = ("name",)
    ordering = ("-created_at", "-id")
    sortable_by = ()

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.drain_view))
        return [path("<int:pk>/drain/", view, name="pods_drain"), *super().get_urls()]

    @display(description="state", label=STATE_LABELS)
    def shown_state(self, pod: Pod) -> str:
        return pod.state

    @display(description="created (UTC)")
    def created(self, pod: Pod) -> str:
        return moment(pod.created_at)

    def page(self, request: HttpRequest, obj: Pod) -> dict[str, Any]:
        may_drain = obj.ended_at is None and not obj.leaving and may_operate(request, obj.pool)
        return {"pod": obj, "may_drain": may_drain}

    def drain_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        pod = self.found(request, str(pk))
        tried(request, lambda: pods.drain(staff(request), name=pod.name), "It takes no more jobs and ends.")
        return redirect("admin:pods_pod_change", pk)
