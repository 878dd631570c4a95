"""Pagination of lists that counts no more rows than somebody would page through."""

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet

MAX_COUNTED = 10_000


class AtLeast(int):
    """A lower bound of a count: the paginator calculates with it, and shows that there is more."""

    def __str__(self) -> str:
        return f"{int(self):,}+"


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """A paginator that counts at most MAX_COUNTED rows: a full count would read the whole table for each view."""

    # A list is a queryset.
    object_list: QuerySet[Any]

    @cached_property
    def count(self) -> int:
        # Counted by themselves, the first ones need neither their columns nor their order.
        number = self.object_list.order_by().values("pk")[: MAX_COUNTED + 1].count()
        return number if number <= MAX_COUNTED else AtLeast(MAX_COUNTED)
