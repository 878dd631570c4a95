"""Differences between two documents: value by value, and line by line of their YAML."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal

from apps.core.expressions.placeholders import pointer_token
from apps.templates.comparison import alignment, line_diff
from apps.templates.comparison.identities import Identities
from apps.templates.comparison.line_diff import DiffRow
from apps.templates.formats import yaml_writer

# More are not reported, nor longer pointers in all: a key may be a megabyte, with thousands of values below it.
MAX_DIFFERENCES = 10_000
MAX_POINTERS_LENGTH = 10_000_000
# Of each text, in characters: so much is written and compared within two seconds.
MAX_TEXT_LENGTH = 2_000_000
# Around each change.
CONTEXT_LINES = 3

Op = Literal["add", "remove", "replace", "move"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is new, gone, another, or a step that stands elsewhere."""

    op: Op
    # Into the new document; for ``remove`` into the old one.
    pointer: str
    # The old value, if there is one.
    old: Any = None
    # The new value, if there is one.
    new: Any = None
    # Pointer into the old document, for ``move`` alone.
    moved_from: str | None = None


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """Return every difference, in the order of the new document, and what is gone behind what stands there still.

    Empty if both say the same, in whatever order their keys stand. Steps are known by their names, other items of
    lists by what they are. At most MAX_DIFFERENCES.
    """
    found: list[Difference] = []
    length = 0
    for difference in _Comparer().values(old, new, "", ""):
        length += len(difference.pointer)
        if len(found) == MAX_DIFFERENCES or length > MAX_POINTERS_LENGTH:
            break
        found.append(difference)
    return found


def text(old: Mapping[str, Any], new: Mapping[str, Any], from_name: str, to_name: str) -> str:
    """Return a unified diff of both as YAML, empty if they say the same. Raises TooLong beyond MAX_TEXT_LENGTH."""
    lines = line_diff.unified(*_lines(old, new), (from_name, to_name), CONTEXT_LINES)
    return "".join(f"{line}\n" for line in lines)


def rows(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[DiffRow]:
    """Yield both as YAML side by side, where they differ. Raises TooLong beyond MAX_TEXT_LENGTH."""
    return line_diff.rows(*_lines(old, new), CONTEXT_LINES)


def _lines(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    documents = (old, _in_order_of(old, new))
    left, right = (
        yaml_writer.dumps(document, limit=MAX_TEXT_LENGTH).removesuffix("\n").split("\n") for document in documents
    )
    return left, right


def _in_order_of(old: Any, new: Any) -> Any:
    """Return ``new`` with its keys in the order of ``old``, so that it is no difference how they are ordered."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return {key: _in_order_of(old.get(key), new[key]) for key in _keys_in_order_of(old, new)}
    if isinstance(old, list) and isinstance(new, list):
        if _are_named(old) and _are_named(new):
            before = {step["name"]: step for step in old}
            return [_in_order_of(before.get(step["name"]), step) for step in new]
        return [_in_order_of(*pair) for pair in zip_longest(old[: len(new)], new)]
    return new


def _keys_in_order_of(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys of both as ``old`` has them, each new one behind the key that it follows."""
    following: dict[str | None, list[str]] = {}
    before = None
    for key in new:
        if key in old:
            before = key
        else:
            following.setdefault(before, []).append(key)
    yield from following.get(None, ())
    for key in old:
        if key in new:
            yield key
            yield from following.get(key, ())


class _Comparer:
    def __init__(self) -> None:
        self._identities = Identities()

    def values(self, old: Any, new: Any, before: str, after: str) -> Iterator[Difference]:
        """Compare two values. ``before`` and ``after`` point to them in their documents."""
        if self._identities.same(old, new):
            return
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from self._objects(old, new, before, after)
        elif isinstance(old, list) and isinstance(new, list):
            lists = self._steps if _are_named(old) and _are_named(new) else self._lists
            yield from lists(old, new, before, after)
        else:
            yield Difference("replace", after, old, new)

    def _objects(self, old: Mapping[str, Any], new: Mapping[str, Any], before: str, after: str) -> Iterator[Difference]:
        for key, value in new.items():
            token = pointer_token(key)
            if key in old:
                yield from self.values(old[key], value, before + token, after + token)
            else:
                yield Difference("add", after + token, new=value)
        for key in old:
            if key not in new:
                yield Difference("remove", before + pointer_token(key), old[key])

    def _lists(self, old: list[Any], new: list[Any], before: str, after: str) -> Iterator[Difference]:
        known = [[self._identities.of(item) for item in items] for items in (old, new)]
        for block in alignment.blocks(*known):
            if block.same:
                continue
            pairs = min(block.old_to - block.old_from, block.new_to - block.new_from)
            for place in range(pairs):
                at_old, at_new = block.old_from + place, block.new_from + place
                yield from self.values(old[at_old], new[at_new], f"{before}/{at_old}", f"{after}/{at_new}")
            for index in range(block.new_from + pairs, block.new_to):
                yield Difference("add", f"{after}/{index}", new=new[index])
            for index in range(block.old_from + pairs, block.old_to):
                yield Difference("remove", f"{before}/{index}", old[index])

    def _steps(self, old: list[Any], new: list[Any], before: str, after: str) -> Iterator[Difference]:
        places = {step["name"]: index for index, step in enumerate(old)}
        moved = _moved(places, new)
        for index, step in enumerate(new):
            place = places.pop(step["name"], None)
            if place is None:
                yield Difference("add", f"{after}/{index}", new=step)
                continue
            if index in moved:
                yield Difference("move", f"{after}/{index}", moved_from=f"{before}/{place}")
            yield from self.values(old[place], step, f"{before}/{place}", f"{after}/{index}")
        for place in places.values():
            yield Difference("remove", f"{before}/{place}", old[place])


def _are_named(items: Sequence[Any]) -> bool:
    """Return whether every item has a name of its own, as steps have."""
    names = [item.get("name") for item in items if isinstance(item, Mapping)]
    return len(names) == len(items) == len({name for name in names if isinstance(name, str)})


def _moved(places: Mapping[str, int], new: Sequence[Mapping[str, Any]]) -> set[int]:
    """Return which new steps stand elsewhere than before: as few as can be, the others keep their order."""
    kept = [(index, places[step["name"]]) for index, step in enumerate(new) if step["name"] in places]
    in_order = alignment.longest_increasing_subsequence([place for _, place in kept])
    return {index for index, _ in kept} - {kept[position][0] for position in in_order}
