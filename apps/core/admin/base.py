"""Base classes for the admins of all apps.

Nothing is edited by hand here: rows change through services, and which rows there are for a user is the policy's
word. An object that the user may not see is a 404, an action that the user may not do a 403.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.contrib.admin import ShowFacets
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from apps.core.access import policy
from apps.core.admin.paginator import BoundedPaginator
from apps.core.errors import Forbidden, Hidden
from apps.core.models import User


def staff_user(request: HttpRequest) -> User:
    """Return the user behind a request of the admin, who has logged in: the admin site lets nobody else in."""
    return cast(User, request.user)


@contextmanager
def refusals_as_pages() -> Iterator[None]:
    """Turn the policy's refusals into Django's pages for them."""
    try:
        yield
    except Hidden as error:
        raise Http404 from error
    except Forbidden as error:
        raise PermissionDenied from error


class BoundedChangeList(ChangeList):
    """A change list without a link to show all rows: while no filter is set, all rows are shown already."""

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        # PostgreSQL takes no NUL in a text, and Django's filters hand it on.
        if any("\0" in text for _, texts in request.GET.lists() for text in texts):
            raise IncorrectLookupParameters
        super().__init__(request, *args)

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count


class BoundedList:
    """A list whose cost does not grow with its table. Must precede the theme's ModelAdmin among the bases."""

    paginator: type[Paginator] = BoundedPaginator  # type: ignore[type-arg]
    list_per_page = 50
    list_max_show_all = 0
    # The number of all rows, next to that of the rows found, would be a count over the whole table.
    show_full_result_count = False
    # A count next to each choice of a filter would be as many counts over the table.
    show_facets = ShowFacets.NEVER
    # An action on everything that was found, on all pages, has no bound.
    list_disable_select_all = True

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[BoundedChangeList]:
        return BoundedChangeList


class ReadOnlyAdmin(BoundedList, ModelAdmin):
    """A list, and a page for each object, rendered by ``page_template`` with the context that :meth:`page` returns."""

    page_template: str

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Return the context of the object's page."""
        raise NotImplementedError

    def visible_object(self, request: HttpRequest, object_id: str) -> Any:
        """Return the object. Raises Http404 unless the user may see it."""
        obj = self.get_object(request, object_id)
        if obj is None or not self.has_view_permission(request, obj):
            raise Http404
        return obj

    def selected_ids(self, queryset: QuerySet[Any]) -> list[Any]:
        """Return the keys that an action was called for: at most a page of them, whatever the request sends."""
        return list(queryset.values_list("pk", flat=True)[: self.list_per_page])

    def render_page(self, request: HttpRequest, obj: Any, template: str, context: dict[str, Any]) -> HttpResponse:
        """Render a page about ``obj`` within the admin: navigation, title and the way back to the list."""
        frame = {"opts": self.opts, "original": obj, "title": str(obj), "media": self.media}
        request.current_app = self.admin_site.name
        return TemplateResponse(request, template, {**self.admin_site.each_context(request), **frame, **context})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        obj = self.visible_object(request, object_id)
        return self.render_page(request, obj, self.page_template, self.page(request, obj))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        # The admin changes nothing itself, so it keeps no history: a workflow's page shows its events.
        raise Http404


class GuardedAdmin(ReadOnlyAdmin):
    """A :class:`ReadOnlyAdmin` of the objects that the policy shows: any staff may look, and sees their own.

    What is seen by who sees the whole that it belongs to names that whole, and its key, in ``part_of``.
    """

    part_of: tuple[type[Model], str] | None = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return policy.visible_in_large_table(staff_user(request), super().get_queryset(request), *self.part_of or ())

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        # get_queryset has chosen what there is to view.
        return True
