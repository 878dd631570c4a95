"""``transform``: makes a value of the data that came before, by placeholders or by a CEL expression."""

from collections.abc import Mapping
from typing import Any

from apps.core.expressions import cel
from apps.core.expressions.cel import ExpressionError
from apps.templates.documents.step_types import StepType
from apps.workflows.executor.job_types.base import JobContext, JobFailed, JobResult


class Transform:
    spec = StepType(
        name="transform",
        config_schema={
            "type": "object",
            "properties": {"output": True, "expression": {"type": "string", "minLength": 1}},
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        },
        repeatable=True,
        # Its output is data, shown to whoever may see the workflow.
        secrets=False,
        reads_input=False,
        expressions=("expression",),
    )

    def run(self, config: Mapping[str, Any], context: JobContext) -> JobResult:
        if "expression" not in config:
            return JobResult(config["output"])
        try:
            expression = cel.compile(config["expression"], comprehensions=True)
            return JobResult(expression.evaluate(context.data))
        except ExpressionError as error:
            raise JobFailed("error", f"the expression failed: {error.message}") from None
