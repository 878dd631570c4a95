"""Writes the tables of transitions into docs/reference/states.md: ``python -m tools.state_tables [--check] [FILE]``.

They come from ``apps/workflows/engine/states.py``. With ``--check`` nothing is written; the exit status says whether
the tables are those of the code.
"""

import re
import sys
from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from typing import Any

from apps.workflows.engine.states import JOB_TRANSITIONS, WORKFLOW_TRANSITIONS, JobStatus, WorkflowState
from tools.kept_page import DOCS, keep

PAGE = DOCS / "reference" / "states.md"
# The states in their written order: that of the transitions is not the same in each run.
TABLES: dict[str, tuple[type[StrEnum], Mapping[Any, Collection[str]]]] = {
    "workflow": (WorkflowState, WORKFLOW_TRANSITIONS),
    "job": (JobStatus, JOB_TRANSITIONS),
}


def with_tables(text: str) -> str:
    """The page with each table between its marks. SystemExit if a mark is missing."""
    for name, (states, transitions) in TABLES.items():
        begin, end = f"<!-- {name} transitions -->", f"<!-- end of {name} transitions -->"
        table = "\n".join([begin, *_rows(states, transitions), end])
        text, count = re.subn(f"{begin}.*?{end}", table, text, flags=re.DOTALL)
        if count != 1:
            raise SystemExit(f"the page must have the marks {begin} and {end} once")
    return text


def _rows(states: type[StrEnum], transitions: Mapping[Any, Collection[str]]) -> Iterator[str]:
    yield "| from | to |"
    yield "| --- | --- |"
    for state in states:
        names = [other.value for other in states if other in transitions[state]]
        yield f"| {state} | {', '.join(names) or 'none: it has ended'} |"


if __name__ == "__main__":
    sys.exit(keep(PAGE, with_tables, command="python -m tools.state_tables"))
