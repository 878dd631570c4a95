"""Jobs that harm their executor: what becomes of them, and of their neighbours."""

from typing import Any
from uuid import UUID

import pytest

from apps.core.access.policy import SYSTEM
from apps.core.models import User
from apps.workflows.engine.retry import LOSSES_BEFORE_ALONE, MAX_LOSSES
from apps.workflows.executor.process import EXIT_CODE_HUNG
from apps.workflows.models import Attempt, Job, Workflow
from apps.workflows.services.cancel import cancel
from tests.chaos.conftest import Run
from tests.support import verdict
from tests.support.chaos_samples import gated
from tests.support.cluster import LONG_LEASE_SECONDS, PATIENCE, Cluster
from tests.support.ledger import Ledger
from tests.support.load import Load, begin, publish, start
from tests.support.waiting import eventually

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
        assert cluster.executors[0].wait() == EXIT_CODE_HUNG
        verdict.all_end()
        assert ledger.calls() == {f"{held}.held": 1}
        verdict.tidy(cluster)


def test_a_job_that_blocks_all_slots_costs_its_executor_its_life(run: Run, ledger: Ledger, ann: User) -> None:
    publish(ann, gated(ledger.url))
    with run(executors=1, lease=LONG_LEASE_SECONDS) as cluster:
        (held,) = start(ann, ["gated"])
        eventually(lambda: bool(ledger.calls()), PATIENCE)
        clogging = begin("clog", timeout="1h")
        # Neither ends by itself: the other cannot write down what came of it.
        ledger.open_gate()
        assert cluster.executors[0].wait() == EXIT_CODE_HUNG
        cancel(SYSTEM, workflow_id=clogging)
        revive(cluster)
        verdict.all_end()
        assert Workflow.objects.get(pk=held).state == "COMPLETED"


def test_an_executor_that_recycles_itself_ends_when_it_is_asked_to(run: Run, ledger: Ledger, ann: User) -> None:
    publish(ann, gated(ledger.url))
    with run(executors=1, lease=LONG_LEASE_SECONDS) as cluster:
        (held,) = start(ann, ["gated"])
        eventually(lambda: bool(ledger.calls()), PATIENCE)
        lingering = begin("linger", timeout="1s")
        eventually(lambda: Workflow.objects.get(pk=lingering).state == "FAILED", PATIENCE)
        # It waits for its other job, which waits for the test.
        assert cluster.executors[0].terminate() == 0
        ledger.open_gate()
        revive(cluster)
        verdict.all_end()
        assert Workflow.objects.get(pk=held).state == "COMPLETED"


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


def error_code(workflow: UUID) -> Any:
    return Workflow.objects.values_list("error__code", flat=True).get(pk=workflow)


def revive(cluster: Cluster) -> bool:
    """Start what has died, as a supervisor does."""
    for process in cluster.executors:
        if not process.runs:
            process.start()
    return True
