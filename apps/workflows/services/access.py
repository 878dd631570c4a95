"""Access to the workflow that a command is for."""

from uuid import UUID

from apps.core.access import policy
from apps.core.access.policy import Actor
from apps.core.errors import Hidden
from apps.workflows.models import Workflow


def workflow_for(actor: Actor, action: str, workflow_id: UUID) -> Workflow:
    """Return the workflow, without its large fields. Hidden if the actor may not see it, Forbidden without ``action``."""
    policy.require(actor, action, Workflow(pk=workflow_id))
    workflow = Workflow.objects.only("shard_id", "state", "document_id").filter(pk=workflow_id).first()
    if workflow is None:
        raise Hidden
    return workflow
