"""The bodies of these calls, read into what the services take."""

from typing import Any

from apps.core.api.bodies import Body
from apps.pods.spec.pool_schema import FIELDS, MAX_PODS


def fields(value: Any) -> dict[str, Any]:
    """A pool as it is written; what is wrong with the values the service tells."""
    body = Body(value, known=FIELDS)
    body.settle()
    return {FIELDS[key]: given for key, given in body.value.items()}


def count(value: Any) -> int | None:
    """``{"count": number of pods, or null}``."""
    body = Body(value, known=("count",), required=("count",))
    is_null = body.value.get("count", 0) is None
    wanted = None if is_null else body.whole("count", minimum=0, maximum=MAX_PODS)
    body.settle()
    return wanted
