"""Cancelling a workflow."""

from uuid import UUID

from apps.core.access.policy import Actor
from apps.core.errors import Conflict
from apps.workflows.engine.states import WORKFLOW_ENDED, WorkflowState
from apps.workflows.models import CommandKind
from apps.workflows.services import access, commands


def cancel(actor: Actor, *, workflow_id: UUID) -> commands.CommandSubmission:
    """Cancel every job that has not ended; cancelling again changes nothing.

    Conflict if the workflow has COMPLETED or FAILED; Hidden, Forbidden.
    """
    workflow = access.workflow_for(actor, "operate", workflow_id)
    if workflow.state == WorkflowState.CANCELLED:
        return commands.CommandSubmission(applied=True)
    if workflow.state in WORKFLOW_ENDED:
        raise Conflict(f"The workflow is {workflow.state} already.")
    return commands.submit(actor, workflow=workflow, kind=CommandKind.CANCEL)
