"""Scalars: JSON as strictly as in REST's bodies, and times as all interfaces write them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import graphene
from graphql import GraphQLError, Undefined, ValueNode
from graphql.language import StringValueNode
from graphql.utilities import value_from_ast_untyped

from apps.core import times
from apps.core.json import strict

Variables = Mapping[str, Any] | None


class JSON(graphene.Scalar):
    """Any JSON value."""

    @staticmethod
    def serialize(value: Any) -> Any:
        return value

    @staticmethod
    def parse_value(value: Any) -> Any:
        return _strict(value)

    @staticmethod
    def parse_literal(node: ValueNode, variables: Variables = None) -> Any:
        return _strict(_without_undefined(value_from_ast_untyped(node, dict(variables or {}))))


class JSONObject(JSON):
    """A JSON object."""

    @staticmethod
    def serialize(value: Any) -> dict[str, Any]:
        return _object(value)

    @staticmethod
    def parse_value(value: Any) -> dict[str, Any]:
        return _object(_strict(value))

    @staticmethod
    def parse_literal(node: ValueNode, variables: Variables = None) -> dict[str, Any]:
        return _object(JSON.parse_literal(node, variables))


class DateTime(graphene.Scalar):
    """A time of RFC 3339 with an offset; answers are in UTC, to the microsecond."""

    @staticmethod
    def serialize(value: datetime) -> str:
        return times.rfc3339(value)

    @staticmethod
    def parse_value(value: Any) -> datetime:
        try:
            return times.parse(value if isinstance(value, str) else "")
        except ValueError as error:
            raise GraphQLError(str(error)) from error

    @staticmethod
    def parse_literal(node: ValueNode, _variables: Variables = None) -> datetime:
        return DateTime.parse_value(node.value if isinstance(node, StringValueNode) else None)


def _strict(value: Any) -> Any:
    """Return the value, checked: a literal could hold what a strict reader of variables has refused before."""
    try:
        strict.check(value)
    except strict.Malformed as error:
        place = f" (at {error.problem.pointer})" if error.problem.pointer else ""
        raise GraphQLError(f"{error.problem.message}{place}") from error
    return value


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise GraphQLError("must be a JSON object")
    return value


def _without_undefined(value: Any) -> Any:
    """Drop keys of variables that were not given; in a list they are null, as in any input object."""
    if isinstance(value, dict):
        return {key: _without_undefined(item) for key, item in value.items() if item is not Undefined}
    if isinstance(value, list):
        return [None if item is Undefined else _without_undefined(item) for item in value]
    return value
