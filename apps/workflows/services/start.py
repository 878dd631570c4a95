"""Starting workflows: the row first, then the journal, so that nothing acknowledged is lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.core import bulk_write
from apps.core.access import policy
from apps.core.access.policy import Actor
from apps.events import outbox
from apps.events.envelope import of_workflow
from apps.events.models import Event
from apps.templates.storage.published import PublishedVersion
from apps.workflows.live import journal
from apps.workflows.models import Workflow
from apps.workflows.services import idempotency
from apps.workflows.services.requests import StartRequest
from apps.workflows.services.snapshots import job_ids, store_snapshots
from apps.workflows.services.start_checks import check_jobs, check_requests

# Actions granted to whoever starts a workflow.
CREATOR_ACTIONS = ("view", "operate")


@dataclass(frozen=True, slots=True)
class Started:
    """A workflow and the document it runs; ``created`` is false when an idempotency key named an earlier one."""

    workflow: Workflow
    document: Mapping[str, Any]
    created: bool = True


def start(actor: Actor, request: StartRequest, *, idempotency_key: str | None = None) -> Started:
    """Start one workflow.

    Raises :class:`Invalid` for an unknown template, version or a wrong input, :class:`Forbidden` without ``start`` on
    the template, :class:`KeyReused` if ``idempotency_key`` came with another request within a day.
    """
    now = timezone.now()
    claim = idempotency.key_claim(actor, idempotency_key, request, now)
    earlier = idempotency.workflow_of(claim) if claim else None
    if earlier is not None:
        return Started(earlier, earlier.document.body, created=False)
    started = _build(actor, [request], check_requests(actor, [request], [""]), now)
    try:
        _store(actor, started, claim)
    except idempotency.KeyTaken as taken:
        return Started(taken.workflow, taken.workflow.document.body, created=False)
    return started[0]


def start_batch(actor: Actor, *, requests: Sequence[StartRequest]) -> list[Started]:
    """Start all of them or none, in a number of statements that does not grow with theirs.

    Errors as of :func:`start`, and Invalid beyond MAX_JOBS; pointers begin with ``/workflows/<index>``.
    """
    pointers = [f"/workflows/{index}" for index in range(len(requests))]
    versions = check_requests(actor, requests, pointers)
    check_jobs(versions, pointers)
    started = _build(actor, requests, versions, timezone.now())
    _store(actor, started, None)
    return started


def _build(
    actor: Actor, requests: Sequence[StartRequest], versions: Sequence[PublishedVersion], now: datetime
) -> list[Started]:
    return [
        Started(_row(actor, request, published, now), published.document)
        for request, published in zip(requests, versions, strict=True)
    ]


def _row(actor: Actor, request: StartRequest, published: PublishedVersion, now: datetime) -> Workflow:
    priority = published.document.get("priority", 0) if request.priority is None else request.priority
    return Workflow(
        template_id=published.template_id,
        version=published.version,
        document_id=published.sha256,
        priority=priority,
        labels=dict(request.labels),
        input=request.input,
        hops=request.hops,
        created_at=now,
        created_by_id=actor.pk,
    )


def _store(actor: Actor, started: Sequence[Started], claim: idempotency.KeyClaim | None) -> None:
    workflows = [one.workflow for one in started]
    with transaction.atomic():
        store_snapshots({one.workflow.document_id: one.document for one in started})
        bulk_write.insert(workflows)
        if claim is not None:
            idempotency.store(claim, workflows[0])
        policy.grant_creator(actor, workflows, CREATOR_ACTIONS)
        bulk_write.insert([_created(workflow) for workflow in workflows])
        transaction.on_commit(
            partial(journal.append_starts, {one.workflow.pk: job_ids(one.document) for one in started})
        )


def _created(workflow: Workflow) -> Event:
    created = of_workflow(
        "created",
        workflow_id=str(workflow.pk),
        template_id=workflow.template_id,
        version=workflow.version,
        state=workflow.state,
    )
    return outbox.row(created, workflow.created_at)
