"""Limits of a request, checked on its parsed document before it is validated or anything is resolved.

Validation compares fields in pairs, so it must not see more of them than these limits let through. Each fragment is
measured once, however often it is spread: the time is linear in the length of the document, whatever that expands to.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    StringValueNode,
    Visitor,
    visit,
)

from apps.core.graphql.codes import BAD_USER_INPUT, LIMIT_EXCEEDED
from apps.core.graphql.complexity import Complexity, ComplexityAnalysis, NestedTooDeep

MAX_QUERY_CHARACTERS = 100_000
MAX_TOKENS = 10_000
MAX_OPERATIONS = 10
MAX_FRAGMENTS = 50
MAX_DIRECTIVES = 50
# Of all operations together, with the fragments in their places.
MAX_COMPLEXITY = Complexity(depth=12, fields=500, aliases=30, cost=50_000)


def check(schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> None:
    """Raise GraphQLError, with the limit in ``extensions``, for a document over a limit."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    _within("operations", len(operations), MAX_OPERATIONS)
    _within("fragments", len(fragments), MAX_FRAGMENTS)
    glance = _DocumentVisitor()
    visit(document, glance)
    _within("directives", glance.directives, MAX_DIRECTIVES)
    try:
        found = sum(
            (ComplexityAnalysis(schema, fragments, node, variables).measure() for node in operations), Complexity()
        )
    except NestedTooDeep as error:
        raise limit_exceeded("depth", MAX_COMPLEXITY.depth, error.levels) from error
    for name, allowed in asdict(MAX_COMPLEXITY).items():
        _within(name, getattr(found, name), allowed)


def _within(name: str, found: int, allowed: int) -> None:
    if found > allowed:
        raise limit_exceeded(name, allowed, found)


def limit_exceeded(name: str, allowed: int, found: int | None = None) -> GraphQLError:
    """Return the error for a request over a limit; ``found`` is None if counting was stopped."""
    # Nested fragments can multiply to numbers that nobody wants to read.
    said = "more" if found is None or found > 10**9 else found
    extensions = {"code": LIMIT_EXCEEDED, "limit": name, "allowed": allowed}
    return GraphQLError(f"The limit of {name} is {allowed}; the request has {said}.", extensions=extensions)


class _DocumentVisitor(Visitor):
    """A visitor that counts directives, and refuses NUL, which no database accepts in a text."""

    def __init__(self) -> None:
        super().__init__()
        self.directives = 0

    def enter_directive(self, *_: Any) -> None:
        self.directives += 1

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        if "\0" in node.value:
            raise GraphQLError("Text must not contain NUL.", node, extensions={"code": BAD_USER_INPUT})
