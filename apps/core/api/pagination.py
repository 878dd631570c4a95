"""Pages of lists in REST."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from apps.core import cursors
from apps.core.api.queries import Query, invalid_parameter

PAGE_PARAMETERS = ("limit", "cursor")
DEFAULT_LIMIT = 50
MAX_LIMIT = 200
OPENAPI_PARAMETERS = [
    OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}),
    OpenApiParameter("cursor", str, description="as given in next"),
]


@dataclass(frozen=True)
class Page:
    """Up to ``limit`` rows of ``values()``, and the address of the next page if there is one."""

    rows: list[dict[str, Any]]
    next: str | None

    def answer(self, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Return the page as a body."""
        return {"items": items, "next": self.next}


def paginate(request: Request, query: Query, queryset: "QuerySet[Any, Any]", order: Sequence[str]) -> Page:
    """Return one page of a queryset, in an order as :func:`cursors.page_after` takes it."""
    limit = query.whole("limit", minimum=1, maximum=MAX_LIMIT) or DEFAULT_LIMIT
    try:
        rows, cursor = cursors.page_after(queryset, order, limit=limit, after=query.text("cursor"))
    except cursors.CursorInvalid as error:
        raise invalid_parameter("cursor", str(error)) from error
    return Page(rows, _address(request, cursor) if cursor else None)


def _address(request: Request, cursor: str) -> str:
    params = request.query_params.copy()
    params["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{params.urlencode()}")
