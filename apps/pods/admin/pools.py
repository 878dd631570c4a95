"""The admin of pools: the list, the page of each, the form, and actions."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.text import Truncator
from django.views.decorators.http import require_POST
from unfold.decorators import display

from apps.core.access import policy
from apps.core.admin.base import BoundedChangeList, refusals_as_pages, staff_user
from apps.core.admin.sharing import SharedAdmin
from apps.core.errors import Invalid
from apps.pods.admin import counts, pool_editor, pool_page
from apps.pods.admin.actions import run_action
from apps.pods.admin.labels import POOL_LABELS, pool_state
from apps.pods.models import PodPool
from apps.pods.services import pools

MAX_PROBLEM_LENGTH = 120


class PoolList(BoundedChangeList):
    """List whose rows know their backlog, which is read for all of them at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        queued = counts.backlog([pool.name for pool in self.result_list])
        for pool in self.result_list:
            pool.queued = queued.get(pool.name)


@admin.register(PodPool)
class PodPoolAdmin(SharedAdmin):
    actions_held = pools.CREATOR_ACTIONS
    page_template = "admin/pods/podpool/page.html"
    list_display = ("title", "state", "pods_now", "ready_now", "jobs_now", "queued_now", "scaled", "short_problem")
    list_filter = ("cordoned",)
    search_fields = ("name", "image")
    search_help_text = "Search by name or image"
    ordering = ("name",)
    sortable_by = ()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[BoundedChangeList]:
        return PoolList

    def get_queryset(self, request: HttpRequest) -> QuerySet[PodPool]:
        return counts.with_counts(super().get_queryset(request))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        actions = {"scale": self.scale_view, "cordon": self.cordon_view}
        posted = [
            path(f"<int:pk>/{name}/", view(require_POST(action)), name=f"pods_{name}")
            for name, action in actions.items()
        ]
        return [path("<int:pk>/edit/", view(self.edit_view), name="pods_edit"), *posted, *super().get_urls()]

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return staff_user(request).has_perm(pools.ADD)

    @display(description="pool", header=True)
    def title(self, pool: PodPool) -> tuple[str, str]:
        # Where it comes from is on the pool's page: written out, it leaves no room for the rest.
        return pool.name, pool.image.rpartition("/")[2]

    @display(description="state", label=POOL_LABELS)
    def state(self, pool: PodPool) -> str:
        return pool_state(pool)

    @display(description="pods (range)")
    def pods_now(self, pool: Any) -> str:
        return f"{pool.alive} ({pool.minimum} to {pool.maximum})"

    @display(description="ready")
    def ready_now(self, pool: Any) -> int:
        return pool.ready

    @display(description="jobs of slots")
    def jobs_now(self, pool: Any) -> str:
        return f"{pool.busy} of {pool.serving * pool.slots}"

    @display(description="queued")
    def queued_now(self, pool: Any) -> int | None:
        return pool.queued

    @display(description="scaled")
    def scaled(self, pool: PodPool) -> str:
        if pool.deleted_at:
            return "to none"
        return "by its work" if pool.scale_to is None else f"to {pool.scale_to} by hand"

    @display(description="problem")
    def short_problem(self, pool: PodPool) -> str:
        return Truncator(pool.problem).chars(MAX_PROBLEM_LENGTH)

    def page(self, request: HttpRequest, obj: PodPool) -> dict[str, Any]:
        return pool_page.page(staff_user(request), obj)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return self._form(request, None)

    def edit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._form(request, self.visible_object(request, str(pk)))

    def _form(self, request: HttpRequest, pool: PodPool | None) -> HttpResponse:
        with refusals_as_pages():
            outcome = pool_editor.view(request, pool)
        if isinstance(outcome, PodPool):
            messages.success(request, f"Stored {outcome.name}.")
            return redirect("admin:pods_podpool_change", outcome.pk)
        return self.render_page(request, pool, "admin/pods/podpool/form.html", outcome)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Ask first, then delete."""
        pool = self.visible_object(request, object_id)
        with refusals_as_pages():
            policy.require(staff_user(request), "delete", pool)
        if request.method == "POST":
            done = f"Deleted {pool.name}. Pods that it has finish their jobs first."
            run_action(request, partial(pools.delete, staff_user(request), name=pool.name), done)
            if PodPool.objects.filter(pk=pool.pk).exists():
                return redirect("admin:pods_podpool_change", pool.pk)
            return redirect("admin:pods_podpool_changelist")
        context = {"title": f"Delete {pool.name}", "pool": pool}
        return self.render_page(request, pool, "admin/pods/podpool/delete.html", context)

    def scale_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Set the manual scale; an empty ``count`` gives the pool back to the autoscaler."""
        pool = self.visible_object(request, str(pk))
        text = request.POST.get("count", "")
        count = int(text) if text.isdecimal() and len(text) < 10 else -1 if text else None
        try:
            with refusals_as_pages():
                pools.scale(staff_user(request), name=pool.name, count=count)
        except Invalid as error:
            context = {**self.page(request, pool), "count": text, "count_problems": error.problems}
            return self.render_page(request, pool, self.page_template, context)
        messages.success(request, "The autoscaler decides again." if count is None else f"Scaled to {count} by hand.")
        return redirect("admin:pods_podpool_change", pk)

    def cordon_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        pool = self.visible_object(request, str(pk))
        cordoned = "cordon" in request.POST
        done = "Its executors take no more jobs." if cordoned else "Its executors take jobs again."
        run_action(request, partial(pools.cordon, staff_user(request), name=pool.name, cordoned=cordoned), done)
        return redirect("admin:pods_podpool_change", pk)
