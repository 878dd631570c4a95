"""Shows how long the steps of ``.ci/run`` took, beside their budgets: ``python -m tools.ci_times FILE``.

The file is what ``tools/timed.sh`` wrote. The budgets are those of tests/budgets.toml. The table is for people: a step
that took too long fails nothing.
"""

import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

BUDGETS = Path(__file__).parent.parent / "tests" / "budgets.toml"
SECONDS_A_MINUTE = 60


def main(file: str) -> None:
    took = actual_minutes(Path(file).read_text(encoding="utf-8"))
    print("\n".join(table(budgets(), took)))


def budgets() -> dict[str, float]:
    """Minutes by step."""
    return dict(tomllib.loads(BUDGETS.read_text(encoding="utf-8"))["minutes"])


def actual_minutes(times: str) -> dict[str, float]:
    """Minutes by step. One that ran twice has both."""
    took: dict[str, float] = {}
    for line in times.splitlines():
        step, seconds = line.split()
        took[step] = took.get(step, 0) + int(seconds) / SECONDS_A_MINUTE
    return took


def table(allowed: Mapping[str, float], took: Mapping[str, float]) -> Iterator[str]:
    yield f"   {'step':<14}{'budget':>8}{'actual':>8}"
    for step in [*allowed, *(step for step in took if step not in allowed)]:
        yield _line(step, allowed.get(step), took.get(step))
    yield _line("all", sum(allowed.values()), sum(took.values()))


def _line(step: str, budget: float | None, minutes: float | None) -> str:
    over = budget is not None and minutes is not None and minutes > budget
    return f"   {step:<14}{_cell(budget)}{_cell(minutes)}{'  over' if over else ''}"


def _cell(minutes: float | None) -> str:
    return f"{'-' if minutes is None else format(minutes, '.1f'):>8}"


if __name__ == "__main__":
    main(sys.argv[1])
