"""Jobs that harm their executor: what becomes of them, and of their neighbours."""

from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from apps.core.json import canonical
from apps.core.models import User
from apps.workflows.engine.retry import LOSSES_BEFORE_ALONE, MAX_LOSSES
from apps.workflows.executor.process import EXIT_HUNG
from apps.workflows.live import journal
from apps.workflows.models import Attempt, Job, Workflow
from apps.workflows.services.snapshots import freeze
from tests.chaos import verdict
from tests.chaos.cluster import LONG_LEASE_SECONDS, PATIENCE, Cluster
from tests.chaos.conftest import Run
from tests.chaos.ledger import Ledger
from tests.chaos.load import Load, publish, start
from tests.chaos.samples import gated
from tests.services.waiting import eventually

LONGEST_CRASHING = 180.0


def test_a_job_that_hangs_costs_its_executor_its_life_and_no_other_job(run: Run, ledger: Ledger, ann: User) -> None:
    publish(ann, gated(ledger.url))
    with run(executors=1, lease=LONG_LEASE_SECONDS) as cluster:
        (held,) = start(ann, ["gated"])
        eventually(lambda: bool(ledger.calls()), PATIENCE)
        hanging = begin("hang", timeout="1s")
        eventually(lambda: Workflow.objects.get(pk=hanging).state == "FAILED", PATIENCE)
        assert error_code(hanging) == "timeout"
        # It goes on with its other job, however long that takes, then it ends.
        assert cluster.executors[0].runs
        ledger.open_gate()
        assert cluster.executors[0].wait() == EXIT_HUNG
        verdict.all_end()
        assert ledger.calls() == {f"{held}.held": 1}
        verdict.tidy(cluster)


@pytest.mark.soak
def test_a_job_that_kills_its_executors_fails_in_the_end(run: Run, ledger: Ledger, ann: User) -> None:
    with run() as cluster:
        load = Load(ledger, ann)
        load.start(100)
        crashing = begin("crash")
        load.start(100)
        eventually(lambda: revive(cluster) and Workflow.objects.get(pk=crashing).state == "FAILED", LONGEST_CRASHING)
        assert error_code(crashing) == "lost"
        assert Attempt.objects.filter(workflow=crashing, outcome="lost").count() == MAX_LOSSES + 1
        revive(cluster)
        verdict.all_end()
        # Once it runs alone, nobody is lost with it.
        others = Job.objects.exclude(workflow=crashing)
        assert max(others.values_list("losses", flat=True)) <= LOSSES_BEFORE_ALONE
        Workflow.objects.filter(pk=crashing).delete()
        verdict.states(load.started)


def begin(kind: str, **keys: Any) -> UUID:
    """Start a workflow of one job of a bad type, which this process does not know and could not publish."""
    body = {"templateId": kind, "version": "1.0.0", "steps": [{"name": kind, "type": kind, "config": {}, **keys}]}
    sha = canonical.sha256(body)
    freeze({sha: body})
    row = Workflow.objects.create(template_id=kind, version="1.0.0", document_id=sha, created_at=timezone.now())
    journal.append_starts({row.pk: [kind]})
    return row.pk


def error_code(workflow: UUID) -> Any:
    return Workflow.objects.values_list("error__code", flat=True).get(pk=workflow)


def revive(cluster: Cluster) -> bool:
    """Start what has died, as a supervisor does."""
    for process in cluster.executors:
        if not process.runs:
            process.start()
    return True
