"""Equality of parts of two schemas, down to what they refer to."""

from functools import cached_property
from typing import Any

from apps.core.schema import outline
from apps.templates.comparison.identities import Identities
from apps.templates.comparison.schema_inclusion.tree import SchemaPart, SchemaTree

# No reference is written so.
_UNKNOWN = "$dynamicRef"


class SchemaEquality:
    """Equality of parts of ``one`` and of ``other``: their text, and the text behind their references."""

    def __init__(self, one: SchemaTree, other: SchemaTree) -> None:
        self._trees = (one, other)
        self._identities = Identities()
        self._steady: dict[str, bool] = {}

    def of_parts(self, one: SchemaPart, other: SchemaPart) -> bool:
        return self._identities.same(one.schema, other.schema) and self._is_steady(other)

    def of_rules(self, one: SchemaPart, other: SchemaPart, *keywords: str) -> bool:
        """Return whether these keywords ask the same in both. They must stand in ``other``, or be absent in both."""
        absent: Any = object()
        for keyword in keywords:
            rules = (one.rules.get(keyword, absent), other.rules.get(keyword, absent))
            if rules[0] is not rules[1] and (absent in rules or not self._identities.same(*rules)):
                return False
        return not self._changed or self._changed.isdisjoint(
            _references({key: other.rules.get(key) for key in keywords})
        )

    def _is_steady(self, part: SchemaPart) -> bool:
        """Return whether nothing that ``part`` refers to has changed."""
        if not self._changed:
            return True
        if part.pointer not in self._steady:
            self._steady[part.pointer] = self._changed.isdisjoint(_references(part.schema))
        return self._steady[part.pointer]

    @cached_property
    def _changed(self) -> set[str]:
        """References that mean one thing in one schema and another in the other, directly or by others."""
        targets = {
            reference: self._targets(reference) for tree in self._trees for reference in _references(tree.root.schema)
        }
        changed = {reference for reference, pair in targets.items() if pair is None}
        users: dict[str, set[str]] = {}
        for reference, target in targets.items():
            for used in _references(target.schema) if target else ():
                users.setdefault(used, set()).add(reference)
        waiting = list(changed)
        while waiting:
            more = users.get(waiting.pop(), set()) - changed
            changed |= more
            waiting += more
        return changed

    def _targets(self, reference: str) -> SchemaPart | None:
        """Return what is referred to, if that reads the same in both."""
        one, other = (tree.target(reference) for tree in self._trees)
        return one if one and other and self._identities.same(one.schema, other.schema) else None


def _references(schema: Any) -> set[str]:
    """Return the references inside.

    A dynamic one counts as one that names nothing: what it means depends on the way to it.
    """
    parts = [part for _, part in outline.subschemas(schema)]
    found = {part["$ref"] for part in parts if "$ref" in part}
    return found | {_UNKNOWN for part in parts if "$dynamicRef" in part}
