"""Source locations of the parts of a value: problems found in the value get the line and column of their cause.

Places are looked for only when there are problems, in a second pass over the text that follows the wanted parts alone:
however long the text and its keys, no pointer is made of any other part.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from apps.core.expressions.placeholders import pointer_keys
from apps.core.schema.json_schema import Problem

# Line and column, from 1.
Place = tuple[int, int]


@dataclass(slots=True, eq=False)
class SourceLocation:
    """A part of the value whose location is wanted, or that leads to such parts; ``key`` is that of its key."""

    parts: dict[str, "SourceLocation"] = field(default_factory=dict)
    place: Place | None = None
    key: Place | None = None


# Marks a spot and its parts in a text that was read before.
Finder = Callable[[bytes, SourceLocation], None]


class Walk:
    """A walk through a text in its order, which returns the location, if any, of each value. No recursion."""

    def __init__(self, root: SourceLocation) -> None:
        self._root = root
        self._open: list[_Open] = []

    def awaits_key(self) -> bool:
        """Return whether the text that comes next is a key of an object."""
        return bool(self._open) and self._open[-1].is_object and self._open[-1].key is None

    def key(self, text: str) -> SourceLocation | None:
        """Note that a key was read. Returns the location of its value."""
        self._open[-1].key = text
        return self._open[-1].part(text)

    def value(self) -> SourceLocation | None:
        """Note that a value begins. Returns its location."""
        if not self._open:
            return self._root
        inside = self._open[-1]
        key, inside.key = inside.key, None
        inside.count += 1
        return inside.part(str(inside.count - 1) if key is None else key)

    def enter(self, spot: SourceLocation | None, *, is_object: bool) -> None:
        """Note that the value that began has parts."""
        self._open.append(_Open(spot, is_object))

    def leave(self) -> None:
        self._open.pop()


@dataclass(slots=True)
class _Open:
    """An object or list that has not ended."""

    # Its location, if that or one of a part is wanted.
    spot: SourceLocation | None
    # Whether it is an object and not a list.
    is_object: bool
    # The key whose value comes next; None where a key comes next.
    key: str | None = None
    # How many values came before.
    count: int = 0

    def part(self, key: str) -> SourceLocation | None:
        return self.spot.parts.get(key) if self.spot else None


def place_after(before: str) -> Place:
    """Return the line and column of what follows the text ``before``."""
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def with_locations(problems: Iterable[Problem], text: bytes, find: Finder) -> list[Problem]:
    """Return the problems with line and column: of the part they point to, or of the nearest existing one around it.

    ``find`` knows the text's language. Problems that have a line already keep it.
    """
    root = SourceLocation()
    trails = [(problem, _trail(root, problem.pointer)) for problem in problems]
    if any(problem.line is None for problem, _ in trails):
        find(text, root)
    return [problem if problem.line else _at(problem, trail) for problem, trail in trails]


def _trail(root: SourceLocation, pointer: str) -> list[SourceLocation]:
    """Return the locations from the whole value to the one that ``pointer`` names, created where they are missing."""
    trail = [root]
    for key in pointer_keys(pointer):
        trail.append(trail[-1].parts.setdefault(key, SourceLocation()))
    return trail


def _at(problem: Problem, trail: list[SourceLocation]) -> Problem:
    if problem.at_key and trail[-1].key:
        line, column = trail[-1].key
    else:
        # An empty text has no value: its problems stand where one could begin.
        line, column = next((spot.place for spot in reversed(trail) if spot.place), (1, 1))
    return replace(problem, line=line, column=column)
