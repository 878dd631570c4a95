"""Quarantine of entries that cannot be applied or stored: people see them, and callers that wait for them get a result."""

import json
import logging
from collections.abc import Iterator
from datetime import datetime

from apps.events import outbox
from apps.events.envelope import of_workflow
from apps.workflows.engine.entries import Kind
from apps.workflows.engine.states import WorkflowState, require_transition
from apps.workflows.models import Command, QuarantinedEntry, Workflow
from apps.workflows.scheduler import reading
from apps.workflows.scheduler.effects import Operation

logger = logging.getLogger(__name__)

_UNSTORABLE = {"error": {"code": "unstorable", "message": "its outcome cannot be stored"}}


def fields_of(item: reading.Item) -> dict[str, str]:
    """Return an item's fields as text that any column takes."""
    return {key.decode(errors="replace"): _storable(value) for key, value in item[1].items()}


def _storable(value: bytes) -> str:
    return value.decode(errors="replace").replace("\x00", "\ufffd").replace("\\u0000", "\ufffd")


def instead_of(item: reading.Item) -> Iterator[Operation]:
    """Yield what is sent in place of a quarantined report, which must not leave its job RUNNING forever: a failure."""
    fields = fields_of(item)
    if fields.get("k") == Kind.SUCCEEDED:
        yield ("failure", *(fields.get(key, "") for key in "wjac"), json.dumps(_UNSTORABLE))


def store(item: reading.Item, position: str, error: Exception, now: datetime) -> bool:
    """Keep the entry, in the caller's transaction. Returns whether it ended its workflow.

    A start or a command that stayed unanswered would be journaled again and again.
    """
    fields = fields_of(item)
    extra = {"position": position, "workflow_id": fields.get("w", ""), "error": str(error)}
    logger.error("entry_quarantined", extra=extra, exc_info=error)
    QuarantinedEntry.objects.create(
        position=position,
        workflow_id=fields.get("w", "")[:100],
        entry=fields,
        error=f"{type(error).__name__}: {error}",
        created_at=now,
    )
    if fields.get("k") == Kind.COMMAND:
        result = {"status": 409, "detail": "It could not be applied; the log of the scheduler tells why."}
        Command.objects.unapplied().filter(pk=fields["d"]).update(applied_at=now, result=result)
    return fields.get("k") == Kind.START and _fail_start(fields["w"], position, now)


def _fail_start(workflow_id: str, position: str, now: datetime) -> bool:
    workflow = Workflow.objects.filter(pk=workflow_id, state=WorkflowState.INITIALIZED).first()
    if workflow is None:
        return False
    require_transition(workflow_id, WorkflowState(workflow.state), WorkflowState.FAILED)
    workflow.state, workflow.finished_at, workflow.position = WorkflowState.FAILED, now, position
    workflow.error = {"code": "unstartable", "message": "it could not be started; the log of the scheduler tells why"}
    workflow.save(update_fields=["state", "finished_at", "position", "error"])
    failed = of_workflow(
        "failed",
        workflow_id=workflow_id,
        template_id=workflow.template_id,
        version=workflow.version,
        state=workflow.state,
    )
    outbox.row(failed, now).save()
    return True
