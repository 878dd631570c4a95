"""Goals of a proof that compares two schemas, and the reasons why a goal fails."""

from collections.abc import Iterable
from dataclasses import dataclass

from apps.templates.comparison.schema_inclusion.constraints import Constraints
from apps.templates.comparison.schema_inclusion.tree import SchemaPart


@dataclass(frozen=True, slots=True)
class Reason:
    """Reason why the wide schema may refuse what the narrow one accepts."""

    # The wide schema's rule in words.
    asked: str
    # Pointer to the place in the narrow document.
    narrow: str
    # Pointer to the rule in the wide document.
    wide: str
    # Whether the rule is about a key of which the narrow schema says nothing at all.
    unspoken: bool = False


@dataclass(frozen=True, slots=True)
class Goal:
    """Claim that ``wide`` accepts whatever all of ``narrow`` accept."""

    # Pointer to the narrow place.
    at: str
    narrow: tuple[SchemaPart, ...]
    wide: SchemaPart
    # Name of the value, for people.
    what: str = "this"

    @property
    def key(self) -> tuple[frozenset[str], str]:
        return frozenset(part.pointer for part in self.narrow), self.wide.pointer


@dataclass(frozen=True, slots=True)
class RuleContext:
    """A value as both schemas see it."""

    # Pointer to the narrow place.
    at: str
    # What the narrow schema says of it.
    known: Constraints
    # One part of the wide schema that asks something of it.
    wide: SchemaPart
    # Name of the value, for people.
    what: str = "this"

    def ask(self, narrow: Iterable[SchemaPart], wide: SchemaPart, what: str = "this") -> Goal:
        """Return the goal about a value inside this one, or about this one."""
        parts = tuple(narrow)
        return Goal(parts[0].pointer if parts else self.at, parts, wide, what)

    def reason(self, keyword: str, asked: str, *, unspoken: bool = False) -> Reason:
        """Return a reason. ``keyword`` is where the rule stands in the wide part."""
        text = asked if unspoken or self.what == "this" else f"{self.what} {asked}"
        return Reason(text, self.at, f"{self.wide.pointer}/{keyword}", unspoken)


Finding = Goal | Reason
