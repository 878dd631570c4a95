"""Commands to running workflows: stored, then journaled for the leader, answered by the leader's checkpoint.

An answer is waited for only where that holds nothing up: outside transactions (the web process's own one
would keep the leader from committing; ``ATOMIC_REQUESTS`` is off for this), and while a scheduler leads.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from apps.core.access.policy import Actor
from apps.core.errors import Conflict, Hidden
from apps.workflows.live import journal, results
from apps.workflows.models import Command, CommandKind, Shard, Workflow

WAIT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class CommandSubmission:
    """The state of a command after it was submitted: applied, or stored and applied as soon as a scheduler leads."""

    applied: bool


def submit(
    actor: Actor,
    *,
    workflow: Workflow,
    kind: CommandKind,
    job_id: str = "",
    payload: dict[str, Any] | None = None,
) -> CommandSubmission:
    """Store the command, and wait up to WAIT_SECONDS for its result.

    The caller has asked the policy. Raises Conflict or Hidden if the leader refused.
    """
    command = Command(
        workflow=workflow,
        kind=kind,
        job_id=job_id,
        payload=payload or {},
        actor_id=actor.pk,
        created_at=timezone.now(),
    )
    with transaction.atomic():
        command.save(force_insert=True)
        transaction.on_commit(partial(journal.append_commands, [(command.pk, workflow.pk)]))
    if connection.in_atomic_block or not _is_led(workflow):
        return CommandSubmission(applied=False)
    results.wait(command.pk, WAIT_SECONDS)
    return _outcome(command.pk)


def _is_led(workflow: Workflow) -> bool:
    return Shard.objects.led().filter(workflow=workflow).exists()


def _outcome(command_id: UUID) -> CommandSubmission:
    result = Command.objects.values_list("result", flat=True).get(pk=command_id)
    if result is None:
        return CommandSubmission(applied=False)
    if result["status"] == 404:
        raise Hidden(result["detail"])
    if result["status"] >= 400:
        raise Conflict(result["detail"])
    return CommandSubmission(applied=True)
