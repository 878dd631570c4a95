"""Pagination by cursor: the cursor holds the sort keys of the last row, so that rows added meanwhile shift nothing."""

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Field, Model, Q, QuerySet

from apps.core import times
from apps.core.json import strict
from apps.core.times import rfc3339

Rows = list[dict[str, Any]]


class CursorInvalid(ValueError):
    """A text that is no cursor of this list."""


def page_after(
    queryset: "QuerySet[Any, Any]", order: Sequence[str], *, limit: int, after: str | None
) -> tuple[Rows, str]:
    """Return up to ``limit`` rows behind the cursor ``after``, and the cursor of the next page: empty if there is none.

    The rows are those of ``values()`` and hold the fields of ``order``, which names them as ``order_by`` does, all in
    one direction; together they must be unique. CursorInvalid.
    """
    names = [name.removeprefix("-") for name in order]
    if after is not None:
        keys = decode(after, queryset.model, names)
        queryset = queryset.filter(_after(names, keys, "lt" if order[0].startswith("-") else "gt"))
    rows = list(queryset.order_by(*order)[: limit + 1])
    if len(rows) <= limit:
        return rows, ""
    rows.pop()
    return rows, encode([rows[-1][name] for name in names])


def encode(keys: Sequence[Any]) -> str:
    plain = [rfc3339(key) if isinstance(key, datetime) else str(key) if isinstance(key, UUID) else key for key in keys]
    return base64.urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).decode().rstrip("=")


def decode(cursor: str, model: type[Model], names: Sequence[str]) -> list[Any]:
    """Return the keys that :func:`encode` was given, as values of these fields. Raises CursorInvalid."""
    try:
        keys = strict.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        return [_key(model, name, key) for name, key in zip(names, keys, strict=True)]
    except (ValueError, TypeError, OverflowError, ValidationError) as error:
        raise CursorInvalid("not a cursor of this list") from error


def _after(names: list[str], keys: list[Any], lookup: str) -> Q:
    """Return (a, b) < (x, y), written as a <= x and (a < x or b < y), of which the first part can use an index."""
    first, last = names[0], names[-1]
    if len(names) == 1:
        return Q(**{f"{first}__{lookup}": keys[0]})
    return Q(**{f"{first}__{lookup}e": keys[0]}) & (
        Q(**{f"{first}__{lookup}": keys[0]}) | Q(**{f"{last}__{lookup}": keys[-1]})
    )


def _key(model: type[Model], name: str, written: Any) -> Any:
    column = model._meta.get_field(name)
    # The field knows what its values look like.
    key = column.to_python(written) if isinstance(column, Field) else None
    if isinstance(key, datetime):
        # As rfc3339 has written it. What UTC cannot count is no time of ours.
        return times.parse(written)
    if key is None:
        raise ValueError
    return key
