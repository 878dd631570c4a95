"""Paginated lists: ``nodes``, and where the page ends."""

from collections.abc import Mapping
from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from apps.core.api.pagination import DEFAULT_LIMIT, MAX_LIMIT
from apps.core.api.queries import MAX_VALUE_LENGTH
from apps.core.graphql.errors import invalid


class PageInfo(graphene.ObjectType):
    """Where a page ends: with endCursor as after the next one is read."""

    has_next_page = graphene.Boolean(required=True)
    end_cursor = graphene.String(description="null on the last page")

    @staticmethod
    def of(cursor: str) -> dict[str, Any]:
        return {"has_next_page": bool(cursor), "end_cursor": cursor or None}


def page_arguments(default: int = DEFAULT_LIMIT) -> dict[str, graphene.Argument]:
    """Return ``first`` and ``after`` for a field that returns a page."""
    size = f"1 to {MAX_LIMIT}"
    return {
        "first": graphene.Argument(graphene.Int, required=True, default_value=default, description=size),
        "after": graphene.Argument(graphene.String, description="endCursor of the page before"),
    }


def check_page_size(first: int) -> None:
    """Raise Invalid for a ``first`` that is no size of a page."""
    if not 1 <= first <= MAX_LIMIT:
        raise invalid("/first", f"must be from 1 to {MAX_LIMIT}")


def check_texts(pointer: str, given: Mapping[str, Any]) -> None:
    """Raise Invalid for a text among ``given`` that is longer than REST accepts in a query."""
    for name, value in given.items():
        if isinstance(value, str) and len(value) > MAX_VALUE_LENGTH:
            raise invalid(f"{pointer}/{name}", f"must have at most {MAX_VALUE_LENGTH} characters")


def by_field_name(_attribute: str, _default: Any, root: dict[str, Any], info: GraphQLResolveInfo, **_: Any) -> Any:
    """Resolve fields of types whose objects are dictionaries as REST writes them: the names are the same."""
    return root.get(info.field_name)
