"""Idempotency keys: the same creating request twice makes one workflow, with which its key is stored."""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from apps.core.access.policy import Actor
from apps.core.errors import Conflict
from apps.core.json import canonical
from apps.core.models import User
from apps.workflows.models import IdempotencyKey, Workflow
from apps.workflows.services.requests import StartRequest


class KeyReused(Conflict):
    """The key came with another request before."""


class KeyTaken(Exception):
    """A request with the same key, made at the same moment, was faster: ``workflow`` is what it made."""

    def __init__(self, workflow: Workflow) -> None:
        super().__init__(str(workflow.pk))
        self.workflow = workflow


@dataclass(frozen=True, slots=True)
class KeyClaim:
    """An idempotency key as it came with a request."""

    user_id: int
    # The header as it was sent; unique for the user.
    key: str
    # Hash of the request, so that the key is refused with another one.
    body_sha256: str
    # The moment of the request, from which the key lasts.
    now: datetime


def key_claim(actor: Actor, key: str | None, request: StartRequest, now: datetime) -> KeyClaim | None:
    """Return the claim that ``key`` makes; None without one. The system needs none."""
    if key is None or not isinstance(actor, User):
        return None
    body = [request.template_id, request.version, request.input, request.priority, dict(request.labels)]
    return KeyClaim(actor.id, key, canonical.sha256(body), now)


def workflow_of(claim: KeyClaim) -> Workflow | None:
    """Return what the key made within the day, if anything. Raises :class:`KeyReused` if that was another request."""
    row = (
        IdempotencyKey.objects.select_related("workflow__document")
        .valid(claim.now)
        .filter(user_id=claim.user_id, key=claim.key)
        .first()
    )
    if row is None:
        return None
    if row.body_sha256 != claim.body_sha256:
        raise KeyReused("This Idempotency-Key came with another request before.")
    return row.workflow


def store(claim: KeyClaim, workflow: Workflow) -> None:
    """Note the key in the transaction that stores ``workflow``. Raises :class:`KeyTaken`, and the other row stands."""
    IdempotencyKey.objects.expired(claim.now).filter(user_id=claim.user_id, key=claim.key).delete()
    try:
        with transaction.atomic():
            IdempotencyKey.objects.create(
                user_id=claim.user_id,
                key=claim.key,
                body_sha256=claim.body_sha256,
                workflow=workflow,
                created_at=claim.now,
            )
    except IntegrityError:
        taken = workflow_of(claim)
        if taken is None:
            raise
        raise KeyTaken(taken) from None
