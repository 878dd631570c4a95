"""One trigger, one message: the workflow that it starts, once."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.core.errors import Refusal
from apps.core.expressions import cel, placeholders
from apps.core.expressions.cel import ExpressionError
from apps.core.expressions.placeholders import MissingPath, PlaceholderError
from apps.core.processes.outages import is_outage
from apps.events.outbox import SOURCE
from apps.workflows.models import Trigger, TriggerFailure, TriggerStart, Workflow
from apps.workflows.services.requests import StartRequest
from apps.workflows.services.start import start
from apps.workflows.triggers.definition import EVENT_VARIABLE
from apps.workflows.triggers.messages import Event, IncomingMessage

logger = logging.getLogger(__name__)

# A workflow's event may start a workflow, whose event may start one …: so far, then something goes in circles.
MAX_HOPS = 16
# Under which label the workflow says who started it.
LABEL = "trigger"


class DispatchFailed(Exception):
    """The trigger could not do its work for this message; ``reason`` is for people. ``final``: nor will it later."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final


def dispatch(trigger: Trigger, incoming: IncomingMessage) -> UUID | None:
    """Return the id of the workflow that the message starts; None if it starts none, or has been met before. Raises DispatchFailed."""
    with _faults_as_failed(trigger):
        if not _matches(trigger, incoming.event) or _is_met(trigger, incoming.digest):
            return None
        return _start_once(trigger, incoming)


def retry(trigger: Trigger, incoming: IncomingMessage) -> UUID | None:
    """Dispatch as :func:`dispatch` what failed before; that is over unless it raises DispatchFailed again."""
    with _faults_as_failed(trigger):
        if _matches(trigger, incoming.event):
            return _start_once(trigger, incoming)
        TriggerFailure.objects.of_message(trigger, incoming.digest).delete()
        return None


@contextmanager
def _faults_as_failed(trigger: Trigger) -> Iterator[None]:
    """Turn faults into DispatchFailed: one message that we cannot deal with must not hold up the others: only a part that is away does."""
    try:
        yield
    except DispatchFailed:
        raise
    # Libraries written in Rust check schemas and expressions: their panics are no Exceptions.
    except BaseException as error:
        if is_outage(error) or isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        logger.exception("trigger_crashed", extra={"trigger_id": str(trigger.pk), "trigger": trigger.name})
        raise DispatchFailed(f"A fault within Base Shift: {type(error).__name__}. Its log says more.") from error


def _matches(trigger: Trigger, event: Event) -> bool:
    """Return whether the filter lets the message through. Raises DispatchFailed."""
    try:
        value = cel.compile(trigger.filter).evaluate({EVENT_VARIABLE: event})
    except ExpressionError as error:
        raise DispatchFailed(f"The filter failed: {error.message}") from error
    if not isinstance(value, bool):
        raise DispatchFailed("The filter gave neither true nor false.")
    return value


def _is_met(trigger: Trigger, digest: str) -> bool:
    """Return whether the message has been met before: it started a workflow, or waits among the failures."""
    return (
        TriggerStart.objects.of_message(trigger, digest).exists()
        or TriggerFailure.objects.of_message(trigger, digest).exists()
    )


def _start_once(trigger: Trigger, incoming: IncomingMessage) -> UUID | None:
    """Start the workflow as the trigger's owner and return its id, None if the message has started one before. Raises DispatchFailed.

    The workflow, the note that this message has started one, and the end of its failures are one transaction.
    """
    try:
        with transaction.atomic():
            if not Trigger.objects.enabled().filter(pk=trigger.pk).exists():
                return None
            workflow = _started(trigger, incoming.event)
            TriggerFailure.objects.of_message(trigger, incoming.digest).delete()
            TriggerStart.objects.create(
                trigger=trigger, digest=incoming.digest, workflow_id=workflow.pk, created_at=workflow.created_at
            )
    except IntegrityError:
        # Nothing of this transaction stands: another consumer was faster, or the trigger has just been deleted.
        if not _is_settled(trigger, incoming.digest):
            raise
        return None
    return workflow.pk


def _is_settled(trigger: Trigger, digest: str) -> bool:
    if not TriggerStart.objects.of_message(trigger, digest).exists():
        return not Trigger.objects.filter(pk=trigger.pk).exists()
    TriggerFailure.objects.of_message(trigger, digest).delete()
    return True


def _started(trigger: Trigger, event: Event) -> Workflow:
    if trigger.owner is None:
        raise DispatchFailed("The trigger has no owner any more: nobody says what it may do.")
    try:
        return start(
            trigger.owner,
            StartRequest(
                template_id=trigger.template_id,
                version=trigger.version or None,
                input=_input(trigger.input, event),
                labels={LABEL: trigger.name},
                hops=_hops(event),
            ),
        ).workflow
    except Refusal as refusal:
        raise DispatchFailed(refusal.detail) from refusal


def _input(mapping: Any, event: Event) -> Any:
    try:
        return placeholders.resolve(mapping, {EVENT_VARIABLE: event}, None)
    except (MissingPath, PlaceholderError) as error:
        raise DispatchFailed(f"The input could not be made: {error}") from error


def _hops(event: Event) -> int:
    """Return how many workflows led to this one. Failed if they are too many: they start each other in a circle."""
    workflow_id = _workflow_id(event)
    if workflow_id is None:
        return 0
    before = Workflow.objects.filter(pk=workflow_id).values_list("hops", flat=True).first() or 0
    if before >= MAX_HOPS:
        raise DispatchFailed(f"More than {MAX_HOPS} workflows have started each other by their events.", final=True)
    return before + 1


def _workflow_id(event: Event) -> UUID | None:
    """Return the workflow whose event of ours this is."""
    data = event["data"]
    if event.get("source") != SOURCE or not isinstance(data, Mapping):
        return None
    try:
        return UUID(str(data.get("workflowId")))
    except ValueError:
        return None
