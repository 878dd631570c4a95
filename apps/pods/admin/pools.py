"""Pools: how many pods they have, should have and may have, and acts on them."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST
from unfold.decorators import display

from apps.core.admin.base import GuardedAdmin, staff
from apps.pods.admin.pods import may_operate, tried
from apps.pods.models import PodPool
from apps.pods.services import pools


@admin.register(PodPool)
class PodPoolAdmin(GuardedAdmin):
    page_template = "admin/pods/podpool/page.html"
    list_display = ("name", "alive", "minimum", "maximum", "slots", "scale_to", "cordoned", "problem")
    search_fields = ("name",)
    ordering = ("name",)
    sortable_by = ()

    def get_urls(self) -> list[URLPattern]:
        acts = {"scale": self.scale_view, "cordon": self.cordon_view}
        own = [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(require_POST(view)), name=f"pods_{name}")
            for name, view in acts.items()
        ]
        return [*own, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PodPool]:
        return super().get_queryset(request).annotate(count=Count("pods", filter=Q(pods__ended_at=None)))

    @display(description="pods")
    def alive(self, pool: Any) -> int:
        return int(pool.count)

    def page(self, request: HttpRequest, obj: PodPool) -> dict[str, Any]:
        pods = obj.pods.filter(ended_at=None)
        return {"pool": obj, "pods": pods, "may_operate": may_operate(request, obj)}

    def scale_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """``count`` empty: by the autoscaler again."""
        pool = self.found(request, str(pk))
        text = request.POST.get("count", "")
        count = int(text) if text.isdecimal() and len(text) < 10 else -1 if text else None
        done = "The autoscaler decides again." if count is None else f"It is brought to {count} pods."
        tried(request, lambda: pools.scale(staff(request), name=pool.name, count=count), done)
        return redirect("admin:pods_podpool_change", pk)

    def cordon_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        pool = self.found(request, str(pk))
        cordoned = "cordon" in request.POST
        done = "Its executors take no more jobs." if cordoned else "Its executors take jobs again."
        tried(request, lambda: pools.cordon(staff(request), name=pool.name, cordoned=cordoned), done)
        return redirect("admin:pods_podpool_change", pk)
