"""Complexity of a document: its depth, its size and the cost of its result, without executing it.

Cost is the number of values that the answer may hold. A list counts as many items as its ``first`` says; lists
without one count as ``DEFAULT_LIST_SIZE``, or ``UNPAGED_LIST_SIZE`` where ``first`` may be left out to get all. What describes the schema itself
costs nothing and has no depth: it cannot grow with the data, and graphql-core bounds how deep it goes. Fields that do more
than read have a weight of their own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_list_type,
    is_object_type,
)

DEFAULT_LIST_SIZE = 10
UNPAGED_LIST_SIZE = 100
# Of selections within each other, however they are nested: the walk goes no deeper.
MAX_NESTING = 40

PAGE_SIZE = "first"
# The key of a field's extensions that says what it costs itself, where that is more than 1.
WEIGHT = "weight"


@dataclass(frozen=True, slots=True)
class Complexity:
    """The complexity of a document, or of a part of one."""

    # How deep fields are nested.
    depth: int = 0
    # Fields, those of a fragment counted wherever it is spread.
    fields: int = 0
    # Fields with an alias.
    aliases: int = 0
    # How many values the response may hold.
    cost: int = 0

    def __add__(self, other: "Complexity") -> "Complexity":
        """Return that of both, side by side."""
        return Complexity(
            max(self.depth, other.depth),
            self.fields + other.fields,
            self.aliases + other.aliases,
            self.cost + other.cost,
        )


class NestedTooDeep(Exception):
    """Selections nested beyond MAX_NESTING, or a fragment within itself."""

    def __init__(self, levels: int) -> None:
        super().__init__(levels)
        self.levels = levels


class ComplexityAnalysis:
    """The analysis of one operation. Unknown fields and types count, too: they are not known to be wrong yet."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._operation = operation
        defaults = {node.variable.name.value: node.default_value for node in operation.variable_definitions}
        self._variables: Mapping[str, Any] = {**defaults, **variables}
        self._measured: dict[str, Complexity] = {}

    def measure(self) -> Complexity:
        """Return the complexity. Raises :class:`NestedTooDeep`."""
        operation = self._operation
        return self._set(operation.selection_set, self._schema.get_root_type(operation.operation), 1)

    def _set(self, selections: SelectionSetNode, parent: GraphQLNamedType | None, level: int) -> Complexity:
        if level > MAX_NESTING:
            raise NestedTooDeep(level)
        return _total(self._selection(node, parent, level) for node in selections.selections)

    def _selection(self, node: SelectionNode, parent: GraphQLNamedType | None, level: int) -> Complexity:
        if isinstance(node, FieldNode):
            return self._field(node, parent, level)
        if isinstance(node, InlineFragmentNode):
            narrowed = self._schema.get_type(node.type_condition.name.value) if node.type_condition else parent
            return self._set(node.selection_set, narrowed, level + 1)
        return self._fragment(cast(FragmentSpreadNode, node).name.value, level)

    def _fragment(self, name: str, level: int) -> Complexity:
        if name in self._measured or name not in self._fragments:
            return self._measured.get(name, Complexity())
        node = self._fragments[name]
        # One that spreads itself goes down until the nesting ends it.
        found = self._set(node.selection_set, self._schema.get_type(node.type_condition.name.value), level + 1)
        self._measured[name] = found
        return found

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, level: int) -> Complexity:
        field = parent.fields.get(node.name.value) if isinstance(parent, GraphQLObjectType) else None
        of_type = get_named_type(field.type) if field else None
        inner = self._set(node.selection_set, of_type, level + 1) if node.selection_set else Complexity()
        own = Complexity(depth=1 + inner.depth, fields=1 + inner.fields, aliases=int(bool(node.alias)) + inner.aliases)
        if node.name.value.startswith("__"):
            return Complexity(fields=own.fields, aliases=own.aliases)
        items = self._items(node, field, parent) if field else 1
        weight = field.extensions.get(WEIGHT, 1) if field else 1
        return Complexity(own.depth, own.fields, own.aliases, cost=items * (weight + inner.cost))

    def _items(self, node: FieldNode, field: GraphQLField, parent: GraphQLNamedType | None) -> int:
        """Return how many values the field may return, each time that it is requested."""
        if PAGE_SIZE in field.args:
            given = next((argument.value for argument in node.arguments if argument.name.value == PAGE_SIZE), None)
            default = field.args[PAGE_SIZE].default_value
            return self._number(given, default if isinstance(default, int) else UNPAGED_LIST_SIZE)
        # A page's ``nodes`` were counted by the field that answers with the page.
        answer = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
        return DEFAULT_LIST_SIZE if is_list_type(answer) and not _is_page(parent) else 1

    def _number(self, value: Any, default: int) -> int:
        if isinstance(value, VariableNode):
            value = self._variables.get(value.name.value)
        if isinstance(value, IntValueNode):
            value = int(value.value) if len(value.value) < 10 else UNPAGED_LIST_SIZE
        # What is no size of a page is refused by who reads it.
        return value if isinstance(value, int) and 0 < value <= 10**6 else default


def _is_page(parent: GraphQLNamedType | None) -> bool:
    return is_object_type(parent) and "pageInfo" in parent.fields  # type: ignore[union-attr]


def _total(measures: Iterable[Complexity]) -> Complexity:
    return sum(measures, Complexity())
