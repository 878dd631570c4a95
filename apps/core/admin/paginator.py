"""Pages of a list whose rows are counted no further than somebody would turn pages."""

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet

MAX_COUNTED = 10_000


class AtLeast(int):
    """A count that was given up: the pages calculate with it, and say that there is more."""

    def __str__(self) -> str:
        return f"{int(self):,}+"


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counting all rows would read the whole table for each view. Who looks for what is further back narrows the list."""

    # A list is a queryset.
    object_list: QuerySet[Any]

    @cached_property
    def count(self) -> int:
        # Counted by themselves, the first ones need neither their columns nor their order.
        number = self.object_list.order_by().values("pk")[: MAX_COUNTED + 1].count()
        return number if number <= MAX_COUNTED else AtLeast(MAX_COUNTED)
