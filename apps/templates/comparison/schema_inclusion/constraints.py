"""Constraints on a value that follow from a schema's accepting it."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, TypeVar

from apps.core.schema import patterns
from apps.core.schema.keywords import identity
from apps.templates.comparison.schema_inclusion.budget import SEARCH_COST, WorkBudget
from apps.templates.comparison.schema_inclusion.tree import SchemaPart, sometimes, together

# JSON Schema's ``number`` is both of the last two; 1.0 is an integer.
_NUMBER = {"integer", "fraction"}
EVERY_TYPE = frozenset({"null", "boolean", "object", "array", "string", *_NUMBER})
_OTHER_KEYS = frozenset({"patternProperties", "additionalProperties", "unevaluatedProperties"})
# Unions inside unions are looked into so deep; below, any type is thought possible.
MAX_UNION_DEPTH = 8

_Found = TypeVar("_Found")


class Constraints:
    """Constraints on a value that all of ``parts`` accept. No parts (an empty tuple) mean any value.

    Each answer may say less than the schema does, never more.
    """

    def __init__(self, parts: Iterable[SchemaPart], work: WorkBudget, depth: int = 0) -> None:
        self.parts = together(parts)
        self._work = work
        self._depth = depth
        work.spend(len(self.parts))

    @cached_property
    def types(self) -> frozenset[str]:
        """Types that it may have; none if there is no such value."""
        possible = EVERY_TYPE
        for part in self.parts:
            possible &= _types(part) if part.schema is not False else frozenset()
            for key in ("anyOf", "oneOf"):
                if key in part.rules and self._depth < MAX_UNION_DEPTH:
                    possible &= frozenset().union(*(known.types for known in self._branches(part, key)))
        return possible

    def by_type(self) -> list[SchemaPart]:
        """Return a part for each type that it may have, asking for no more than that."""
        names = sorted({"number" if name in _NUMBER else name for name in self.types})
        return [
            SchemaPart(part.tree, f"{part.pointer}#{name}", {"type": name}) for part in self.parts[:1] for name in names
        ]

    @cached_property
    def values(self) -> list[Any] | None:
        """Values that it may be, if the schema lists them."""
        lists: list[list[Any]] = [*self.rules("enum"), *([value] for value in self.rules("const"))]
        if lists:
            return min(lists, key=len)
        if self.types <= {"null", "boolean"}:
            return [None] * ("null" in self.types) + [True, False] * ("boolean" in self.types)
        return None

    @cached_property
    def identities(self) -> frozenset[str] | None:
        return None if self.values is None else frozenset(map(identity, self.values))

    def rules(self, keyword: str) -> Iterator[Any]:
        """Yield what the keyword asks, wherever it stands."""
        return (part.rules[keyword] for part in self.parts if keyword in part.rules)

    @cached_property
    def required(self) -> frozenset[str]:
        return frozenset(key for names in self.rules("required") for key in names)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Keys of an object that ``properties`` describe."""
        return tuple(dict.fromkeys(key for properties in self.rules("properties") for key in properties))

    @cached_property
    def patterns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(source for rules in self.rules("patternProperties") for source in rules))

    def at_key(self, key: str) -> tuple[SchemaPart, ...]:
        """Return what is asked of the value at ``key``."""
        return tuple(found for part in self.parts for found in self._of_key(part, key))

    def inside(self, key: str) -> "Constraints":
        return Constraints(self.at_key(key), self._work)

    def matches(self, source: str, key: str) -> bool | None:
        """Return whether a key matches a pattern; None where that would take too long to find out."""
        self._work.spend(SEARCH_COST)
        try:
            return patterns.compile(source).search(key)
        except patterns.PatternError:
            return None

    def at_pattern(self, source: str) -> tuple[SchemaPart, ...]:
        """Return what ``patternProperties`` asks of the values at all keys that match ``source``."""
        parts = (part for part in self.parts if source in part.rules.get("patternProperties", {}))
        return tuple(part.child("patternProperties", source) for part in parts)

    def at_other_keys(self) -> tuple[SchemaPart, ...]:
        """Return what is asked of the values at keys that nothing describes."""
        return self._children("additionalProperties")

    def at_index(self, index: int) -> tuple[SchemaPart, ...]:
        return tuple(found for part in self.parts for found in _at_index(part, index))

    def at_other_items(self) -> tuple[SchemaPart, ...]:
        """Return what is asked of the items behind all that ``prefixItems`` describe."""
        return self._children("items")

    @cached_property
    def described_items(self) -> int:
        """Number of items that ``prefixItems`` describe."""
        return max(map(len, self.rules("prefixItems")), default=0)

    @cached_property
    def most_items(self) -> float:
        return min(self.rules("maxItems"), default=float("inf"))

    def speaks_of(self, key: str) -> bool:
        """Return whether the schema says anything of ``key``: by its name, or of all that it does not name."""
        if key in self.required or key in self.named_elsewhere or self._elsewhere[0]:
            return True
        return bool(self.at_key(key))

    @property
    def speaks_of_others(self) -> bool:
        """Return whether the schema says anything of keys that it does not name: that they may be there, or may not."""
        return self._elsewhere[0] or any(self.rules("patternProperties")) or bool(self.at_other_keys())

    @property
    def named_elsewhere(self) -> set[str]:
        """Keys that are named in what is asked only sometimes, of one way of several."""
        return self._elsewhere[1]

    @cached_property
    def _elsewhere(self) -> tuple[bool, set[str]]:
        """Return whether keys without a name are spoken of in what is only sometimes asked, and which are named there."""
        named: set[str] = set()
        others = any(rule is not False for rule in self.rules("unevaluatedProperties"))
        others |= any(part.leads_elsewhere for part in self.parts)
        for part in _asked_sometimes(self.parts):
            self._work.spend(1)
            named.update(part.rules.get("properties", ()), part.rules.get("required", ()))
            others |= part.leads_elsewhere or not _OTHER_KEYS.isdisjoint(part.rules)
        return others, named

    def _branches(self, part: SchemaPart, key: str) -> Iterator["Constraints"]:
        return (
            Constraints([part.child(key, index)], self._work, self._depth + 1) for index in range(len(part.rules[key]))
        )

    def _of_key(self, part: SchemaPart, key: str) -> Iterator[SchemaPart]:
        described = key in part.rules.get("properties", {})
        if described:
            yield part.child("properties", key)
        for source in part.rules.get("patternProperties", {}):
            matched = self.matches(source, key)
            if matched:
                yield part.child("patternProperties", source)
            # Where that is unknown, nothing is known.
            described |= matched is not False
        if not described and "additionalProperties" in part.rules:
            yield part.child("additionalProperties")

    def _children(self, keyword: str) -> tuple[SchemaPart, ...]:
        return tuple(part.child(keyword) for part in self.parts if keyword in part.rules)


def disjoint(one: Constraints, other: Constraints) -> bool:
    """Return whether no value fits both, as far as types, listed values and a key with different values say."""
    if _differ(one, other):
        return True
    if one.types | other.types != {"object"}:
        return False
    return any(_differ(one.inside(key), other.inside(key)) for key in one.required & other.required)


def _differ(one: Constraints, other: Constraints) -> bool:
    if one.types.isdisjoint(other.types):
        return True
    return one.identities is not None and other.identities is not None and one.identities.isdisjoint(other.identities)


def types_named(rule: str | list[str]) -> frozenset[str]:
    """Return the types that the value of ``type`` allows."""
    allowed = set([rule] if isinstance(rule, str) else rule)
    return frozenset(allowed | (_NUMBER if "number" in allowed else set()))


def _types(part: SchemaPart) -> frozenset[str]:
    """Return the types that ``type``, ``enum`` and ``const`` of this part leave."""
    rules = part.rules
    possible = EVERY_TYPE
    if "type" in rules:
        possible &= types_named(rules["type"])
    if "enum" in rules:
        possible &= {_type(value) for value in rules["enum"]}
    return possible & {_type(rules["const"])} if "const" in rules else possible


def _type(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str():
            return "string"
        case int() | float():
            return "integer" if value == int(value) else "fraction"
    return "object" if isinstance(value, dict) else "array"


def _at_index(part: SchemaPart, index: int) -> Iterator[SchemaPart]:
    if index < len(part.rules.get("prefixItems", ())):
        yield part.child("prefixItems", index)
    elif "items" in part.rules:
        yield part.child("items")


def _asked_sometimes(parts: Iterable[SchemaPart]) -> Iterator[SchemaPart]:
    """Yield every part that is asked of the same value, but not always."""
    seen: set[str] = set()
    waiting = [part for always in parts for part in sometimes(always)]
    while waiting:
        for part in together([waiting.pop()]):
            if part.pointer not in seen:
                seen.add(part.pointer)
                waiting.extend(sometimes(part))
                yield part
