"""Execution that ends when a response grows too large.

The limits are asked of the query; how long lists really are is known only when they are there.
"""

from typing import Any

from graphql import ExecutionContext, FieldNode, GraphQLList, GraphQLResolveInfo
from graphql.pyutils import Path

from apps.core.errors import TooLarge

# Of all lists of an answer together. A template alone may have 10,000 steps.
MAX_ITEMS = 100_000


class BoundedExecution(ExecutionContext):
    """An execution that counts the items of all lists; the first beyond the limit ends its list with TooLarge."""

    items = 0

    def complete_list_value(
        self,
        return_type: GraphQLList[Any],
        field_nodes: list[FieldNode],
        info: GraphQLResolveInfo,
        path: Path,
        result: Any,
    ) -> Any:
        self.items += len(result)
        if self.items > MAX_ITEMS:
            raise TooLarge(f"The response would have more than {MAX_ITEMS} items: request fewer, page by page.")
        return super().complete_list_value(return_type, field_nodes, info, path, result)
