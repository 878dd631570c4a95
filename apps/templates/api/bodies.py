"""Keys of requests about templates beside a document."""

from typing import Any, cast

from apps.core.errors import Invalid
from apps.core.schema.json_schema import Problem
from apps.templates.comparison.compatibility import LEVELS, Level

UPDATE_TYPE = "updateType"


def update(body: Any) -> tuple[Any, Level]:
    """Return the document of a ``PUT``, and which kind of update it is. Raises Invalid for a kind that there is not."""
    if not isinstance(body, dict):
        raise Invalid([Problem("", "must be an object")])
    update_type = body.get(UPDATE_TYPE, "patch")
    if update_type not in LEVELS:
        raise Invalid([Problem(f"/{UPDATE_TYPE}", "must be major, minor or patch")])
    return {key: value for key, value in body.items() if key != UPDATE_TYPE}, cast(Level, update_type)
