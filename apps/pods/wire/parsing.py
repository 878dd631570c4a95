"""Parsing of request bodies into what the services take."""

from typing import Any

from apps.core.api.bodies import Body
from apps.pods.spec.pool_schema import FIELDS, MAX_PODS


def fields(value: Any) -> dict[str, Any]:
    """Return the fields of a pool; what is wrong with their values is for the service to report."""
    body = Body(value, known=FIELDS)
    body.settle()
    return {FIELDS[key]: given for key, given in body.value.items()}


def count(value: Any) -> int | None:
    """Return the count of ``{"count": number of pods, or null}``."""
    body = Body(value, known=("count",), required=("count",))
    is_null = body.value.get("count", 0) is None
    wanted = None if is_null else body.whole("count", minimum=0, maximum=MAX_PODS)
    body.settle()
    return wanted
