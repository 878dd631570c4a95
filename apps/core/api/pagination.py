"""Pages by cursor: the cursor holds the sort keys of the last row, so that rows added meanwhile shift nothing."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Field, Model, Q, QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from apps.core import strict_json
from apps.core.api.queries import Query, refuse
from apps.core.times import rfc3339

PARAMETERS = ("limit", "cursor")
DEFAULT_LIMIT = 50
MAX_LIMIT = 200
DESCRIBED = [
    OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}),
    OpenApiParameter("cursor", str, description="as given in next"),
]


@dataclass(frozen=True)
class Page:
    """Up to ``limit`` rows of ``values()``, and the address of the next page if there is one."""

    rows: list[dict[str, Any]]
    next: str | None

    def answer(self, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The list as the contract writes it."""
        return {"items": items, "next": self.next}


def paginate(request: Request, query: Query, queryset: "QuerySet[Any, Any]", order: Sequence[str]) -> Page:
    """One page of a ``values()`` queryset that holds the fields of ``order``.

    ``order`` names fields as ``order_by`` does, all in one direction, and together they must be unique.
    """
    limit = query.whole("limit", minimum=1, maximum=MAX_LIMIT) or DEFAULT_LIMIT
    fields = [name.removeprefix("-") for name in order]
    cursor = query.text("cursor")
    if cursor is not None:
        keys = _decode(cursor, queryset.model, fields)
        queryset = queryset.filter(_after(fields, keys, "lt" if order[0].startswith("-") else "gt"))
    rows = list(queryset.order_by(*order)[: limit + 1])
    if len(rows) <= limit:
        return Page(rows, None)
    rows.pop()
    return Page(rows, _address(request, _encode([rows[-1][field] for field in fields])))


def _after(fields: list[str], keys: list[Any], lookup: str) -> Q:
    """(a, b) < (x, y), written as a <= x and (a < x or b < y), of which the first part can use an index."""
    first, last = fields[0], fields[-1]
    if len(fields) == 1:
        return Q(**{f"{first}__{lookup}": keys[0]})
    return Q(**{f"{first}__{lookup}e": keys[0]}) & (
        Q(**{f"{first}__{lookup}": keys[0]}) | Q(**{f"{last}__{lookup}": keys[-1]})
    )


def _encode(keys: list[Any]) -> str:
    plain = [rfc3339(key) if isinstance(key, datetime) else str(key) if isinstance(key, UUID) else key for key in keys]
    return base64.urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).decode().rstrip("=")


def _decode(cursor: str, model: type[Model], fields: list[str]) -> list[Any]:
    try:
        keys = strict_json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        return [_key(model, field, key) for field, key in zip(fields, keys, strict=True)]
    except (ValueError, TypeError, OverflowError, ValidationError) as error:
        raise refuse("cursor", "not a cursor of this list") from error


def _key(model: type[Model], field: str, written: Any) -> Any:
    column = model._meta.get_field(field)
    # The field knows what its values look like.
    key = column.to_python(written) if isinstance(column, Field) else None
    if key is None or (isinstance(key, datetime) and key.tzinfo is None):
        raise ValueError
    return key


def _address(request: Request, cursor: str) -> str:
    params = request.query_params.copy()
    params["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{params.urlencode()}")
