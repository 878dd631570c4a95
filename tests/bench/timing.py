"""Clocks and what is made of their readings."""

import math
import statistics
import time
from collections.abc import Callable, Sequence

Act = Callable[[], object]


def seconds(act: Act) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def alternate(acts: Sequence[Act], *, repeat: int, warm_up: int = 1) -> list[list[float]]:
    """Seconds of each act, the acts in turn (A B A B …): what else the machine does meets all of them alike."""
    for _ in range(warm_up):
        for act in acts:
            act()
    taken: list[list[float]] = [[] for _ in acts]
    for _ in range(repeat):
        for act, times in zip(acts, taken, strict=True):
            times.append(seconds(act))
    return taken


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that ``share`` (0 to 1) of the values do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def rounded(values: Sequence[float], unit: float = 1e3) -> list[float]:
    """For the record: seconds as milliseconds, to a microsecond."""
    return [round(value * unit, 3) for value in values]
