"""Cancelling a workflow."""

from uuid import UUID

from apps.core.policy import Actor
from apps.workflows.models import CommandKind
from apps.workflows.services import access, commands


def cancel(actor: Actor, *, workflow_id: UUID) -> commands.Outcome:
    """Cancel every job that has not ended; cancelling again changes nothing.

    Conflict if the workflow has COMPLETED or FAILED; Hidden, Forbidden.
    """
    workflow = access.to_operate(actor, workflow_id)
    return commands.submit(actor, workflow_id=workflow_id, shard_id=workflow.shard_id, kind=CommandKind.CANCEL)
