"""The admin of pods: the list, the page of each, and draining."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.text import Truncator
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from apps.core.admin.base import GuardedAdmin, refusals_as_pages, staff_user
from apps.core.templatetags.pages import moment
from apps.pods.admin import pod_page
from apps.pods.admin.actions import run_action
from apps.pods.admin.labels import STATE_LABELS
from apps.pods.models import Pod, PodPool
from apps.pods.services import pods, pools

# More would be no choice any more.
MAX_CHOICES = 200
MAX_REASON_LENGTH = 120


class PoolFilter(DropdownFilter):
    title = "pool"
    parameter_name = "pool"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = pools.pools(staff_user(request)).order_by("name").values_list("name", flat=True)
        return [(name, name) for name in names[:MAX_CHOICES]]

    def has_output(self) -> bool:
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[Pod]) -> QuerySet[Pod]:
        return queryset.filter(pool__name=self.value()) if self.value() else queryset


class PodStateFilter(DropdownFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state, state) for state in STATE_LABELS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Pod]) -> QuerySet[Pod]:
        return queryset.filter(state=self.value()) if self.value() else queryset


@admin.register(Pod)
class PodAdmin(GuardedAdmin):
    part_of = (PodPool, "pool_id")
    page_template = "admin/pods/pod/page.html"
    list_display = ("name", "pool", "shown_state", "jobs", "node", "restarts", "created", "short_reason")
    list_filter = (PoolFilter, PodStateFilter)
    list_filter_submit = True
    list_select_related = ("pool",)
    search_fields = ("name", "node")
    search_help_text = "Search by a part of the name or the node"
    ordering = ("-created_at", "-id")
    sortable_by = ()

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.drain_view))
        return [path("<int:pk>/drain/", view, name="pods_drain"), *super().get_urls()]

    @display(description="state", label=STATE_LABELS)
    def shown_state(self, pod: Pod) -> str:
        return pod.state

    @display(description="jobs")
    def jobs(self, pod: Pod) -> str:
        return f"{pod.busy} of {pod.pool.slots}"

    @display(description="created (UTC)")
    def created(self, pod: Pod) -> str:
        return moment(pod.created_at)

    @display(description="reason")
    def short_reason(self, pod: Pod) -> str:
        return Truncator(pod.reason).chars(MAX_REASON_LENGTH)

    def page(self, request: HttpRequest, obj: Pod) -> dict[str, Any]:
        with refusals_as_pages():
            return pod_page.page(staff_user(request), obj, lines=request.GET.get("lines"))

    def drain_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        pod = self.visible_object(request, str(pk))
        run_action(request, partial(pods.drain, staff_user(request), name=pod.name), "It takes no more jobs and ends.")
        return redirect("admin:pods_pod_change", pk)
