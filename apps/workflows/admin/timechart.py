"""Attempts as bars over the time of their workflow."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

WIDTH = 1000
# What took no time to speak of is still to be seen.
MIN_BAR_WIDTH = 8


@dataclass(frozen=True, slots=True)
class Window:
    """The time that the whole width stands for."""

    start: datetime
    end: datetime

    def place(self, moment: datetime) -> float:
        """From 0 to WIDTH; what lies outside is drawn at the edge."""
        whole = (self.end - self.start).total_seconds()
        share = (moment - self.start).total_seconds() / whole if whole > 0 else 0.0
        return min(max(share, 0.0), 1.0) * WIDTH


@dataclass(frozen=True, slots=True)
class Bar:
    """One attempt in the chart."""

    # In units of the drawing, which is WIDTH wide.
    x: int
    width: int
    # The outcome of the attempt, ``running`` while it has none.
    kind: str
    # Of the attempt, from 1.
    number: int


def bars(attempts: Iterable[Mapping[str, Any]], window: Window) -> list[Bar]:
    """Return a bar for each attempt that has begun, within the window."""
    return [_bar(attempt, window) for attempt in attempts if attempt["started_at"]]


def _bar(attempt: Mapping[str, Any], window: Window) -> Bar:
    start = window.place(attempt["started_at"])
    end = window.place(attempt["finished_at"] or window.end)
    width = max(round(end - start), MIN_BAR_WIDTH)
    return Bar(min(round(start), WIDTH - width), width, attempt["outcome"] or "running", attempt["number"])
