"""Requests over HTTP (the GraphQL-over-HTTP specification)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from apps.core.api.bodies import require_valid
from apps.core.errors import Invalid
from apps.core.json import strict
from apps.core.schema.compiled import CompiledSchema
from apps.core.schema.json_schema import Problem

# Objects, of which one may also be null.
_MAPS = ("variables", "extensions")
_BODY = CompiledSchema(
    {
        "type": "object",
        "required": ["query"],
        "properties": {
            "query": {"type": "string"},
            "operationName": {"type": "string"},
            **{name: {"type": "object"} for name in _MAPS},
        },
    }
)


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    query: str
    operation_name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)


def from_body(value: Any) -> GraphQLRequest:
    """Read the body of a POST. Keys that the specification does not name are ignored. Raises Invalid."""
    # A list would be a batch, which is not offered.
    given = {key: item for key, item in value.items() if item is not None} if isinstance(value, dict) else value
    require_valid(_BODY, given)
    return GraphQLRequest(given["query"], given.get("operationName"), given.get("variables", {}))


def from_parameters(params: QueryDict) -> GraphQLRequest:
    """Read the parameters of a GET; objects are written as JSON. Raises Invalid."""
    value: dict[str, Any] = params.dict()
    for name in _MAPS:
        if value.get(name):
            value[name] = _json(name, value[name])
    # An empty parameter is as good as none; an empty query is not one.
    return from_body({name: item for name, item in value.items() if item != "" or name == "query"})


def _json(name: str, text: str) -> Any:
    try:
        return strict.loads(text.encode("utf-8", "surrogatepass"))
    except strict.Malformed as error:
        problem = error.problem
        raise Invalid([Problem(f"/{name}{problem.pointer}", problem.message)]) from error
