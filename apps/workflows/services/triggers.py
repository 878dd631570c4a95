"""Triggers: created, read, changed, deleted, and their failures replayed."""

from collections.abc import Sequence
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.core.access import policy
from apps.core.access.policy import Actor
from apps.core.errors import Conflict, Hidden, Invalid
from apps.workflows.models import Trigger, TriggerFailure
from apps.workflows.services import start_checks
from apps.workflows.services.requests import StartRequest
from apps.workflows.triggers import definition as definitions
from apps.workflows.triggers import failures, start_offsets
from apps.workflows.triggers.definition import TriggerDefinition

ADD = "workflows.add_trigger"
# Actions granted to the creator of a trigger.
CREATOR_ACTIONS = ("view", "change", "delete")


class TriggerNameTaken(Conflict):
    """There is a trigger of this name."""


def create(actor: Actor, *, definition: TriggerDefinition) -> Trigger:
    """Create a trigger, which starts workflows as ``actor`` may from now on.

    Forbidden without ``workflows.add_trigger``, or ``start`` on the template; Invalid, NameTaken.
    """
    policy.require_model(actor, ADD)
    _check(actor, definition)
    now = timezone.now()
    trigger = Trigger(name=definition.name, owner_id=actor.pk, since=now, created_at=now, updated_at=now)
    trigger.start_offsets = start_offsets.current_offsets(definition.topic)
    _take_over(trigger, definition)
    try:
        with transaction.atomic():
            trigger.save(force_insert=True)
            policy.grant_creator(actor, [trigger], CREATOR_ACTIONS)
    except IntegrityError:
        if Trigger.objects.filter(name=definition.name).exists():
            raise TriggerNameTaken(f"There is a trigger {definition.name} already.") from None
        raise
    return trigger


def update(actor: Actor, *, name: str, definition: TriggerDefinition) -> Trigger:
    """Put ``definition`` in the place of what the trigger says; its name stays, and so does its owner.

    The actor must be allowed to start the template, too: otherwise one could do by the owner's trigger what only the
    owner may. Hidden, Forbidden, Invalid.
    """
    trigger = get(actor, name=name)
    policy.require(actor, "change", trigger)
    _check(actor, definition)
    offsets = start_offsets.current_offsets(definition.topic) if _begins_anew(trigger, definition) else None
    with transaction.atomic():
        trigger = _locked(trigger.pk)
        if _begins_anew(trigger, definition):
            trigger.since, trigger.start_offsets = timezone.now(), offsets
        _take_over(trigger, definition)
        trigger.updated_at = timezone.now()
        trigger.save(force_update=True)
    return trigger


def set_enabled(actor: Actor, *, name: str, enabled: bool) -> Trigger:
    """Enable or disable it; what comes while it is disabled is not for it. Raises Hidden, Forbidden."""
    trigger = get(actor, name=name)
    policy.require(actor, "change", trigger)
    offsets = start_offsets.current_offsets(trigger.topic) if enabled and not trigger.enabled else None
    with transaction.atomic():
        trigger = _locked(trigger.pk)
        if trigger.enabled != enabled:
            trigger.enabled = enabled
            trigger.updated_at = timezone.now()
            if enabled:
                trigger.since, trigger.start_offsets = trigger.updated_at, offsets
            trigger.save(force_update=True)
    return trigger


def delete(actor: Actor, *, name: str) -> None:
    """Delete it, with what is known of its messages. Raises Hidden, Forbidden."""
    trigger = get(actor, name=name)
    policy.require(actor, "delete", trigger)
    trigger.delete()


def get(actor: Actor, *, name: str) -> Trigger:
    """Return one trigger with its owner. Hidden."""
    found = visible_triggers(actor).filter(name=name).first() if definitions.is_name(name) else None
    if found is None:
        raise Hidden
    return found


def visible_triggers(actor: Actor) -> "QuerySet[Trigger]":
    """Return the triggers that the actor may view, with their owners."""
    return policy.visible(actor, Trigger.objects.select_related("owner"))


def replay(actor: Actor, *, name: str, failure_ids: Sequence[UUID]) -> int:
    """Try again what the trigger gave up, as it is now. Returns how many messages. Raises Hidden, Forbidden."""
    trigger = get(actor, name=name)
    policy.require(actor, "change", trigger)
    given_up = TriggerFailure.objects.given_up().filter(trigger=trigger, pk__in=failure_ids)
    return failures.reopen(given_up, timezone.now())


def _check(actor: Actor, definition: TriggerDefinition) -> None:
    problems = definitions.problems(definition)
    request = StartRequest(definition.template_id, definition.version, definition.input)
    check = (
        start_checks.check_requests
        if not problems and definitions.is_fixed(definition.input)
        else start_checks.resolve_versions
    )
    try:
        check(actor, [request], [""])
    except Invalid as invalid:
        problems += invalid.problems
    if problems:
        raise Invalid(problems)


def _begins_anew(trigger: Trigger, definition: TriggerDefinition) -> bool:
    return definition.topic != trigger.topic or (definition.enabled and not trigger.enabled)


def _take_over(trigger: Trigger, definition: TriggerDefinition) -> None:
    trigger.topic = definition.topic
    trigger.filter = definition.filter
    trigger.template_id = definition.template_id
    trigger.version = definition.version or ""
    trigger.input = definition.input
    trigger.enabled = definition.enabled


def _locked(pk: UUID) -> Trigger:
    trigger = Trigger.objects.select_for_update(of=("self",)).select_related("owner").filter(pk=pk).first()
    if trigger is None:
        raise Hidden
    return trigger
