"""Bodies of requests, checked against their declarations."""

from typing import Any

from rest_framework.request import Request

from apps.core.errors import Invalid
from apps.core.schema.compiled import CompiledSchema
from apps.core.schema.json_schema import Problem

_EMPTY = CompiledSchema({"type": "object", "additionalProperties": False})


def require_valid(schema: CompiledSchema, value: Any) -> None:
    """Raise :class:`Invalid`, with the place of each mistake, unless ``value`` is as ``schema`` declares it."""
    if problems := schema.problems(value):
        raise Invalid(problems)


def required_body(request: Request) -> Any:
    """Return the body. Raises :class:`Invalid` without one, for calls that would do harm with an empty object."""
    if request.stream is None:
        raise Invalid([Problem("", "a body is required")])
    return request.data


def refuse_body(request: Request) -> None:
    """Raise :class:`Invalid` unless the call, which takes no body, has none; in JSON an empty object is none."""
    if request.content_type == "application/json":
        require_valid(_EMPTY, request.data)
