"""Columns of lists in the admin."""

from collections.abc import Callable
from typing import Any

from unfold.decorators import display

from apps.core.templatetags.pages import moment


def time_column(field: str) -> Callable[[Any], str]:
    """Return a column of the time in this field that names the zone and sorts: ``created_at`` is *Created (UTC)*."""

    @display(description=f"{field.removesuffix('_at').replace('_', ' ')} (UTC)", ordering=field)
    def shown(row: Any) -> str:
        return moment(getattr(row, field))

    # By which the page and its styles know the column.
    shown.__name__ = field
    return shown
