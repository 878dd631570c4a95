"""``wait``: a timer. The scheduler keeps it, so there is nothing to run in an executor."""

from collections.abc import Callable, Mapping
from typing import Any

from apps.core import durations, times
from apps.core.schema.json_schema import Problem
from apps.templates.documents.step_types import StepType

_READERS: Mapping[str, Callable[[str], object]] = {"duration": durations.parse, "until": times.parse}


def _check(config: Mapping[str, Any]) -> list[Problem]:
    """Durations and times that can be read; one with a placeholder is read when the step starts."""
    found = []
    for key, text in config.items():
        if "${" in text:
            continue
        try:
            _READERS[key](text)
        except ValueError as error:
            found.append(Problem(f"/{key}", str(error)))
    return found


SPEC = StepType(
    name="wait",
    config_schema={
        "type": "object",
        "properties": {"duration": {"type": "string"}, "until": {"type": "string"}},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    },
    repeatable=True,
    runs_in="scheduler",
    secrets=False,
    reads_input=False,
    check=_check,
)
