"""Starting many workflows of mixed graphs, and waiting until they are well under way."""

import random
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone

from apps.core.access.policy import SYSTEM
from apps.core.json import canonical
from apps.core.models import User
from apps.templates.services.imports import import_version
from apps.workflows.live import journal
from apps.workflows.models import Job, Workflow
from apps.workflows.services.requests import StartRequest
from apps.workflows.services.snapshots import store_snapshots
from apps.workflows.services.start import start_batch
from tests.support.chaos_samples import Sample, samples
from tests.support.cluster import PATIENCE
from tests.support.ledger import Ledger
from tests.support.waiting import eventually

WORKFLOWS = 200


class Load:
    """Workflows as they are started; ``started`` says what each must come to."""

    def __init__(self, ledger: Ledger, owner: User) -> None:
        self.owner = owner
        self.samples = samples(ledger.url)
        self.started: dict[UUID, Sample] = {}
        for sample in self.samples:
            publish(owner, sample.document)

    def start(self, count: int = WORKFLOWS) -> None:
        """Start ``count`` workflows, of each kind in turn."""
        chosen = [self.samples[number % len(self.samples)] for number in range(count)]
        for sample, pk in zip(chosen, start(self.owner, [sample.template_id for sample in chosen]), strict=True):
            self.started[pk] = sample

    def wait_for_some(self, rng: random.Random, share: float = 1.0) -> None:
        """Go on at a random moment: when a random number of all jobs has ended, up to ``share`` of them."""
        jobs = sum(len(sample.statuses) for sample in self.started.values())
        few = rng.randint(1, max(1, int(jobs * share * 0.8)))
        eventually(lambda: Job.objects.filter(finished_at__isnull=False).count() >= few, PATIENCE)


def publish(owner: User, document: dict[str, Any]) -> None:
    import_version(SYSTEM, document=document, owner=owner)


def start(owner: User, template_ids: Sequence[str]) -> list[UUID]:
    """One workflow of each of these templates, as one batch."""
    requests = [StartRequest(template_id=template_id, input={}) for template_id in template_ids]
    return [one.workflow.pk for one in start_batch(owner, requests=requests)]


def begin(kind: str, **keys: Any) -> UUID:
    """Start a workflow of one job of a bad type, which this process does not know and could not publish."""
    body = {"templateId": kind, "version": "1.0.0", "steps": [{"name": kind, "type": kind, "config": {}, **keys}]}
    sha = canonical.sha256(body)
    store_snapshots({sha: body})
    row = Workflow.objects.create(template_id=kind, version="1.0.0", document_id=sha, created_at=timezone.now())
    journal.append_starts({row.pk: [kind]})
    return row.pk
