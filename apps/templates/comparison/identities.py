"""Numbers for JSON values: the same number, the same value.

So two documents are compared part by part, at every depth, for the cost of reading each of them once.
"""

from typing import Any


class Identities:
    """Equal numbers for equal JSON values, and different ones for all others.

    Python takes 1, 1.0 and true for equal; here they differ, as they do in JSON's text. The order of keys does not
    count. Values that were asked about must not change.
    """

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}
        # The container is kept beside its number, so that no other can come to have its id.
        self._containers: dict[int, tuple[Any, int]] = {}

    def of(self, value: Any) -> int:
        kind = type(value)
        if kind is not dict and kind is not list:
            return self._number((kind, value))
        if not value:
            return self._number(kind)
        known = self._containers.get(id(value))
        if known is None:
            known = self._containers[id(value)] = (value, self._number(self._content(value)))
        return known[1]

    def same(self, one: Any, other: Any) -> bool:
        return self.of(one) == self.of(other)

    def _content(self, value: dict[str, Any] | list[Any]) -> Any:
        if isinstance(value, dict):
            return dict, frozenset([(key, self.of(item)) for key, item in value.items()])
        return list, tuple([self.of(item) for item in value])

    def _number(self, content: Any) -> int:
        return self._numbers.setdefault(content, len(self._numbers))
