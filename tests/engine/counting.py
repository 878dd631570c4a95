"""How much work something is, in lines of the engine that it runs: the same on any machine, unlike its time."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from apps.workflows import engine

ENGINE = str(Path(engine.__file__).parent)


def lines_run(act: Callable[[], object]) -> int:
    """Lines of the engine's code that ``act`` runs; one in a loop counts every time."""
    count = 0

    def line(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal count
        count += event == "line"
        return line

    def call(frame: FrameType, event: str, arg: Any) -> Any:
        return line if frame.f_code.co_filename.startswith(ENGINE) else None

    before = sys.gettrace()
    sys.settrace(call)
    try:
        act()
    finally:
        sys.settrace(before)
    return count
