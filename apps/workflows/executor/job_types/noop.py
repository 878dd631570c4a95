"""``noop``: does nothing, for tests and measurements."""

from collections.abc import Mapping
from typing import Any

from apps.templates.documents.step_types import StepType
from apps.workflows.executor.job_types.base import JobContext, JobResult


class Noop:
    spec = StepType(
        name="noop",
        config_schema={"type": "object", "additionalProperties": False},
        repeatable=True,
        secrets=False,
        reads_input=False,
    )

    def run(self, config: Mapping[str, Any], context: JobContext) -> JobResult:
        return JobResult({})
