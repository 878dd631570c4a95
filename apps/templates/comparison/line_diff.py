"""Two texts line by line: as a unified diff, and side by side."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Literal

from apps.templates.comparison.alignment import Block, blocks

Kind = Literal["same", "change", "add", "remove", "gap"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a line; ``marked`` if it is what differs from the line beside it."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of one text; ``number`` counts from 1."""

    number: int
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class DiffRow:
    """Lines that stand beside each other."""

    kind: Kind
    # None where the old text has no line.
    left: DiffLine | None = None
    # None where the new text has no line.
    right: DiffLine | None = None
    # Lines that a ``gap`` stands for.
    left_out: int = 0


def unified(old: Sequence[str], new: Sequence[str], names: tuple[str, str], context: int) -> Iterator[str]:
    """Yield the lines of a unified diff with ``context`` lines around each change; none if there is no change."""
    for number, hunk in enumerate(_hunks(blocks(old, new), context)):
        if not number:
            yield from (f"--- {names[0]}", f"+++ {names[1]}")
        first, last = hunk[0], hunk[-1]
        yield f"@@ -{_span(first.old_from, last.old_to)} +{_span(first.new_from, last.new_to)} @@"
        for block in hunk:
            left, right = old[block.old_from : block.old_to], new[block.new_from : block.new_to]
            if block.same:
                yield from (f" {line}" for line in left)
            else:
                yield from chain((f"-{line}" for line in left), (f"+{line}" for line in right))


def rows(old: Sequence[str], new: Sequence[str], context: int) -> Iterator[DiffRow]:
    """Yield both texts side by side, with ``context`` lines around each change; none if there is no change."""
    shown = None
    for hunk in _hunks(blocks(old, new), context):
        yield from _gap(hunk[0].old_from - (shown or 0))
        shown = hunk[-1].old_to
        for block in hunk:
            yield from _beside(old, new, block)
    if shown is not None:
        yield from _gap(len(old) - shown)


def _gap(lines: int) -> Iterator[DiffRow]:
    if lines:
        yield DiffRow("gap", left_out=lines)


def _beside(old: Sequence[str], new: Sequence[str], block: Block) -> Iterator[DiffRow]:
    left = enumerate(old[block.old_from : block.old_to], block.old_from + 1)
    right = enumerate(new[block.new_from : block.new_to], block.new_from + 1)
    for one, other in zip_longest(left, right):
        if one is None:
            yield DiffRow("add", right=DiffLine(other[0], (Segment(other[1]),)))
        elif other is None:
            yield DiffRow("remove", left=DiffLine(one[0], (Segment(one[1]),)))
        elif block.same:
            yield DiffRow("same", DiffLine(one[0], (Segment(one[1]),)), DiffLine(other[0], (Segment(other[1]),)))
        else:
            marked = _marked(one[1], other[1])
            yield DiffRow("change", DiffLine(one[0], marked[0]), DiffLine(other[0], marked[1]))


def _marked(old: str, new: str) -> tuple[tuple[Segment, ...], tuple[Segment, ...]]:
    """Return both lines, with what lies between their same beginnings and their same ends marked."""
    head = _same_length(old, new)
    most = min(len(old), len(new)) - head
    tail = min(_same_length(reversed(old), reversed(new)), most)
    return _segments(old, head, tail), _segments(new, head, tail)


def _same_length(old: Iterable[str], new: Iterable[str]) -> int:
    length = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        length += 1
    return length


def _segments(line: str, head: int, tail: int) -> tuple[Segment, ...]:
    end = len(line) - tail
    found = (Segment(line[:head]), Segment(line[head:end], marked=True), Segment(line[end:]))
    return tuple(segment for segment in found if segment.text)


def _hunks(found: Iterable[Block], context: int) -> Iterator[list[Block]]:
    """Yield the changes with so many lines around them; those that share such lines together."""
    hunk: list[Block] = []
    changed = False
    for block in found:
        if not block.same:
            hunk.append(block)
            changed = True
            continue
        lines = block.old_to - block.old_from
        if changed and lines <= 2 * context:
            hunk.append(block)
            continue
        if changed:
            yield [*hunk, _part(block, 0, min(context, lines))]
        hunk, changed = [_part(block, max(0, lines - context), lines)], False
    if changed:
        yield _without_rest(hunk, context)


def _without_rest(hunk: list[Block], context: int) -> list[Block]:
    last = hunk[-1]
    return [*hunk[:-1], _part(last, 0, min(context, last.old_to - last.old_from))] if last.same else hunk


def _part(block: Block, start: int, end: int) -> Block:
    return Block(True, block.old_from + start, block.old_from + end, block.new_from + start, block.new_from + end)


def _span(start: int, end: int) -> str:
    """Return where a hunk stands in one text, as ``diff -u`` writes it: the line before it if it is empty."""
    length = end - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"
