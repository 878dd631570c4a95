"""Queries that ask for every field there is, made from the schema: what is added to it is asked for, too."""

from collections.abc import Collection, Iterator
from typing import Any

from graphql import GraphQLObjectType, get_named_type

from baseshift.graphql import schema

SCHEMA = schema.graphql_schema


def selection(of_type: Any, within: Collection[str] = ()) -> str:
    """All fields of a type and of what it leads to, but for those that lead back to a type that it is within."""
    if not isinstance(of_type, GraphQLObjectType):
        return ""
    within = {*within, of_type.name}
    parts = [
        f"{name} {selection(get_named_type(field.type), within)}"
        for name, field in of_type.fields.items()
        if get_named_type(field.type).name not in within
    ]
    return f"{{ __typename {' '.join(parts)} }}"


def query(root: GraphQLObjectType, field: str, arguments: str) -> str:
    """One field of Query or Mutation, with all that it leads to."""
    kind = "query" if root is SCHEMA.query_type else "mutation"
    return f"{kind} {{ {field}{arguments} {selection(get_named_type(root.fields[field].type))} }}"


def type_names(value: Any) -> Iterator[str]:
    """What ``__typename`` says anywhere in an answer."""
    if isinstance(value, dict):
        if isinstance(value.get("__typename"), str):
            yield value["__typename"]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from type_names(item)
