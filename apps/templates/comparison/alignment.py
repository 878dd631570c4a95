"""Alignment of two sequences, in time that grows with their length and not with its square.

First what is the same at both ends, then what occurs once in each ("patience diff"), then both again between
those. What is left is compared item with item while it is small, and taken for replaced when it is not.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

# Beyond so many items only the ends are held against each other.
MAX_ITEMS = 500_000
# Pairs of items held against each other in one gap, and in all.
MAX_PAIRS_PER_GAP = 250_000
MAX_TOTAL_PAIRS = 2_000_000
# Each round reads what is left once more.
MAX_ROUNDS = 6
# In a long gap where nothing occurs once, so many items in a row may.
WINDOW = 8

Run = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Block:
    """``old[old_from:old_to]`` in the place of ``new[new_from:new_to]``: the same items, or others instead."""

    same: bool
    old_from: int
    old_to: int
    new_from: int
    new_to: int


def blocks(old: Sequence[Hashable], new: Sequence[Hashable]) -> Iterator[Block]:
    """Yield both sequences from their beginnings to their ends, same and different in turn."""
    at_old = at_new = 0
    for run_old, run_new, length in [*_joined(_Aligner(old, new).runs()), (len(old), len(new), 0)]:
        if run_old > at_old or run_new > at_new:
            yield Block(False, at_old, run_old, at_new, run_new)
        at_old, at_new = run_old + length, run_new + length
        if length:
            yield Block(True, run_old, at_old, run_new, at_new)


def longest_increasing_subsequence(numbers: Sequence[int]) -> list[int]:
    """Return the positions of a longest strictly increasing subsequence."""
    tails: list[int] = []
    at_tail: list[int] = []
    before: list[int] = []
    for position, number in enumerate(numbers):
        length = bisect_left(tails, number)
        before.append(at_tail[length - 1] if length else -1)
        if length == len(tails):
            tails.append(number)
            at_tail.append(position)
        else:
            tails[length], at_tail[length] = number, position
    rise: list[int] = []
    last = at_tail[-1] if at_tail else -1
    while last >= 0:
        rise.append(last)
        last = before[last]
    return rise[::-1]


@dataclass(frozen=True, slots=True)
class _Gap:
    old_from: int
    old_to: int
    new_from: int
    new_to: int
    round: int

    @property
    def pairs(self) -> int:
        return (self.old_to - self.old_from) * (self.new_to - self.new_from)

    @property
    def items(self) -> int:
        return (self.old_to - self.old_from) + (self.new_to - self.new_from)


class _Aligner:
    def __init__(self, old: Sequence[Hashable], new: Sequence[Hashable]) -> None:
        self._old = old
        self._new = new
        self._pairs_left = MAX_TOTAL_PAIRS
        self._found: list[Run] = []

    def runs(self) -> list[Run]:
        """Return where the same items stand in both: from, from, how many; in their order."""
        waiting = [_Gap(0, len(self._old), 0, len(self._new), 0)]
        while waiting:
            gap = self._without_same_ends(waiting.pop())
            if not gap.pairs:
                continue
            anchors = next(filter(None, (self._anchors(gap, width) for width in _widths(gap))), None)
            if anchors:
                waiting += self._between(anchors, gap)
            elif gap.pairs <= min(MAX_PAIRS_PER_GAP, self._pairs_left):
                self._pairs_left -= gap.pairs
                self._found += self._common(gap)
        return sorted(self._found)

    def _without_same_ends(self, gap: _Gap) -> _Gap:
        old, new = self._old, self._new
        most = min(gap.old_to - gap.old_from, gap.new_to - gap.new_from)
        head = 0
        while head < most and old[gap.old_from + head] == new[gap.new_from + head]:
            head += 1
        tail = 0
        while tail < most - head and old[gap.old_to - tail - 1] == new[gap.new_to - tail - 1]:
            tail += 1
        self._found += [(gap.old_from, gap.new_from, head), (gap.old_to - tail, gap.new_to - tail, tail)]
        return _Gap(gap.old_from + head, gap.old_to - tail, gap.new_from + head, gap.new_to - tail, gap.round)

    def _anchors(self, gap: _Gap, width: int) -> list[tuple[int, int]]:
        """Return where so many items begin that occur so once in each, as far as they keep their order."""
        once_old = _once(self._old, gap.old_from, gap.old_to, width)
        once_new = _once(self._new, gap.new_from, gap.new_to, width)
        both = [(place, once_new[item]) for item, place in once_old.items() if item in once_new]
        return [both[position] for position in longest_increasing_subsequence([place for _, place in both])]

    def _between(self, anchors: list[tuple[int, int]], gap: _Gap) -> Iterator[_Gap]:
        self._found += [(old, new, 1) for old, new in anchors]
        edges = [(gap.old_from - 1, gap.new_from - 1), *anchors, (gap.old_to, gap.new_to)]
        for (old_before, new_before), (old_after, new_after) in pairwise(edges):
            if old_before + 1 < old_after and new_before + 1 < new_after:
                yield _Gap(old_before + 1, old_after, new_before + 1, new_after, gap.round + 1)

    def _common(self, gap: _Gap) -> list[Run]:
        """Return a longest common subsequence, each pair of items compared."""
        old, new = self._old[gap.old_from : gap.old_to], self._new[gap.new_from : gap.new_to]
        lengths = _common_lengths(old, new)
        found, at_old, at_new = [], 0, 0
        while at_old < len(old) and at_new < len(new):
            if old[at_old] == new[at_new]:
                found.append((gap.old_from + at_old, gap.new_from + at_new, 1))
                at_old, at_new = at_old + 1, at_new + 1
            elif lengths[at_old + 1][at_new] >= lengths[at_old][at_new + 1]:
                at_old += 1
            else:
                at_new += 1
        return found


def _widths(gap: _Gap) -> tuple[int, ...]:
    if gap.round == MAX_ROUNDS or gap.items > MAX_ITEMS:
        return ()
    return (1,) if gap.pairs <= MAX_PAIRS_PER_GAP else (1, WINDOW)


def _once(items: Sequence[Hashable], start: int, end: int, width: int) -> dict[Hashable, int]:
    """Return the place of each run of ``width`` items that occurs once there, in their order."""
    part = items[start:end]
    runs: list[Hashable] = list(
        part if width == 1 else zip(*(part[skipped:] for skipped in range(width)), strict=False)
    )
    counts = Counter(runs)
    return {run: place for place, run in enumerate(runs, start) if counts[run] == 1}


def _common_lengths(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[list[int]]:
    """Return how many items the rests of both, from each pair of places on, have in common."""
    below = [0] * (len(new) + 1)
    rows = [below]
    for item in reversed(old):
        row = [0] * (len(new) + 1)
        for place in range(len(new) - 1, -1, -1):
            row[place] = below[place + 1] + 1 if item == new[place] else max(below[place], row[place + 1])
        rows.append(row)
        below = row
    return rows[::-1]


def _joined(runs: list[Run]) -> Iterator[Run]:
    """Yield the runs, with those that follow each other made one, and without empty ones."""
    at_old = at_new = length = 0
    for run_old, run_new, more in runs:
        if (run_old, run_new) == (at_old + length, at_new + length):
            length += more
            continue
        if more:
            if length:
                yield at_old, at_new, length
            at_old, at_new, length = run_old, run_new, more
    if length:
        yield at_old, at_new, length
