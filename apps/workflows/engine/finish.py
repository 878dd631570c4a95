"""Ends of workflows: the state, the output, the error."""

from collections.abc import Mapping
from typing import Any

from apps.core.expressions import placeholders
from apps.core.schema import json_schema
from apps.workflows.engine import ending
from apps.workflows.engine.attempts import failure_of, timeout_error
from apps.workflows.engine.run import Change, Error, JobOutcome, WorkflowRun
from apps.workflows.engine.states import WorkflowState
from apps.workflows.engine.transitions import move_workflow

# An error is read by people: the first of very many broken rules say enough.
MAX_DETAILS = 20


class NoOutput(Exception):
    """An output that cannot be made, or that breaks its schema."""

    def __init__(self, error: Error) -> None:
        super().__init__(error["message"])
        self.error = error


def finish_if_over(change: Change) -> None:
    """End the workflow when no job can run any more."""
    workflow = change.workflow
    if workflow.state is not WorkflowState.RUNNING or workflow.ended_jobs < len(workflow.jobs):
        return
    if workflow.unhandled is not None:
        step = workflow.graph.steps[workflow.unhandled]
        end(change, WorkflowState.FAILED, error=failure_of(step, workflow.jobs[workflow.unhandled]))
        return
    try:
        workflow.output = _output(workflow)
    except NoOutput as failure:
        end(change, WorkflowState.FAILED, error=failure.error)
    else:
        end(change, WorkflowState.COMPLETED)


def end(change: Change, state: WorkflowState, *, error: Error | None = None) -> None:
    """Move to a terminal state."""
    workflow = change.workflow
    move_workflow(change, state, state.value.lower())
    workflow.error = error
    workflow.finished_at = change.now
    workflow.due_at = None


def cancel(change: Change) -> None:
    ending.cancel_open(change)
    end(change, WorkflowState.CANCELLED)


def time_out(change: Change) -> None:
    """Fail the workflow: the template's ``timeout`` is over."""
    workflow = change.workflow
    ending.cancel_open(change)
    end(change, WorkflowState.FAILED, error=timeout_error(workflow.graph.timeout or 0))


def _output(workflow: WorkflowRun) -> Any:
    document = workflow.graph.document
    if "output" in document:
        output = _resolved(document["output"], workflow)
    else:
        output = workflow.outcomes.get(len(workflow.jobs) - 1, JobOutcome()).output
    _check(document.get("outputSchema", True), output)
    return output


def _resolved(template: Any, workflow: WorkflowRun) -> Any:
    try:
        return placeholders.resolve(template, workflow.data(workflow.outcomes), None)
    except (placeholders.MissingPath, placeholders.PlaceholderError) as error:
        raise NoOutput({"code": "output", "message": f"the output cannot be made: {error}"}) from error


def _check(schema: Mapping[str, Any] | bool, output: Any) -> None:
    # What allows everything needs no looking at.
    problems = json_schema.problems(schema, output) if schema not in ({}, True) else []
    if problems:
        details = [{"path": problem.pointer, "message": problem.message} for problem in problems[:MAX_DETAILS]]
        message = "the output breaks the template's outputSchema"
        raise NoOutput({"code": "output_schema", "message": message, "details": details})
