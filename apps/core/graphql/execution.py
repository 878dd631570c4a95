"""Execution of a request: read, measure, validate, execute. Each stage sees only what the one before let through."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationType,
    execute_sync,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
)

from apps.core.graphql import codes, limits
from apps.core.graphql.bounded_execution import BoundedExecution
from apps.core.graphql.context import Context
from apps.core.graphql.errors import format_error
from apps.core.graphql.requests import GraphQLRequest

MAX_VALIDATION_ERRORS = 20
# How graphql-core says that it has stopped counting.
_MORE_THAN = re.compile(r"contains more than \d+ (tokens|comments)")


@dataclass(frozen=True, slots=True)
class Execution:
    """A response of GraphQL. ``started`` is false when nothing was resolved: then there is no ``data`` at all."""

    errors: Sequence[dict[str, Any]] = ()
    data: dict[str, Any] | None = None
    started: bool = False

    def answer(self) -> dict[str, Any]:
        errors = {"errors": self.errors} if self.errors else {}
        return {**errors, "data": self.data} if self.started else errors


class NotQueryError(Exception):
    """An operation that may change something, in a request that must not."""


def run(
    schema: GraphQLSchema, request: GraphQLRequest, context: Context, *, introspection: bool, queries_only: bool = False
) -> Execution:
    """Return the response, whatever was wrong with the request. Raises :class:`NotQueryError`."""
    try:
        document = _parsed(request.query)
        limits.check(schema, document, request.variables)
    except GraphQLError as error:
        return _refused([error], codes.PARSE_FAILED)
    wrong = validate(schema, document, _rules(introspection), MAX_VALIDATION_ERRORS, hide_suggestions=not introspection)
    if wrong:
        return _refused(wrong, codes.VALIDATION_FAILED)
    operation = get_operation_ast(document, request.operation_name)
    if operation is None:
        return _refused([_no_operation(request)], codes.BAD_USER_INPUT)
    if queries_only and operation.operation is not OperationType.QUERY:
        raise NotQueryError
    return _executed(schema, document, request, context)


def _parsed(query: str) -> DocumentNode:
    """Return the document. Raises GraphQLError, with a code if it is for a limit."""
    if len(query) > limits.MAX_QUERY_CHARACTERS:
        raise limits.limit_exceeded("length", limits.MAX_QUERY_CHARACTERS, len(query))
    try:
        return parse(query, max_lexical_tokens=limits.MAX_TOKENS, max_comments=limits.MAX_TOKENS)
    except GraphQLError as error:
        if counted := _MORE_THAN.search(error.message):
            raise limits.limit_exceeded(counted[1], limits.MAX_TOKENS) from error
        raise


def _rules(introspection: bool) -> Collection[type[ASTValidationRule]]:
    return specified_rules if introspection else (*specified_rules, NoSchemaIntrospectionCustomRule)


def _no_operation(request: GraphQLRequest) -> GraphQLError:
    if request.operation_name is None:
        return GraphQLError("operationName must say which of the operations is meant.")
    return GraphQLError(f"There is no operation {request.operation_name[:100]!r}.")


def _executed(schema: GraphQLSchema, document: DocumentNode, request: GraphQLRequest, context: Context) -> Execution:
    result = execute_sync(
        schema,
        document,
        context_value=context,
        variable_values=dict(request.variables),
        operation_name=request.operation_name,
        execution_context_class=BoundedExecution,
    )
    found = result.errors or []
    if result.data is None and not any(error.path for error in found):
        # The variables did not fit.
        return _refused(found, codes.BAD_USER_INPUT)
    return Execution([format_error(error, codes.BAD_USER_INPUT) for error in found], result.data, started=True)


def _refused(errors: Sequence[GraphQLError], code: str) -> Execution:
    return Execution([format_error(error, code) for error in errors])
