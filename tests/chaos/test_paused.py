"""Executors that stand still for longer than their lease, and are back as if nothing had been."""

import random
from typing import Any

from apps.core.models import User
from apps.events.models import Event
from apps.workflows.models import Attempt, Job, Workflow
from tests.chaos.conftest import Run
from tests.chaos.seeds import seeds
from tests.support import verdict
from tests.support.chaos_samples import gated
from tests.support.cluster import LASTING_LEASE_SECONDS, LEASE_SECONDS, PATIENCE, Cluster
from tests.support.ledger import Ledger
from tests.support.load import Load, publish, start
from tests.support.process import Process
from tests.support.waiting import eventually, pass_by


def test_a_late_report_is_kept_and_changes_nothing(run: Run, ledger: Ledger, ann: User) -> None:
    publish(ann, gated(ledger.url, steps=2))
    with run(lease=LASTING_LEASE_SECONDS) as cluster:
        (pk,) = start(ann, ["gated"])
        holder = wait_for_holder(cluster, ledger)
        holder.pause()
        verdict.all_end()
        before = recorded()
        ledger.open_gate()
        # Else it might hear first that the job is its own no longer.
        eventually(lambda: ledger.answered[f"{pk}.held"] == 2, PATIENCE)
        holder.resume()
        eventually(lambda: Attempt.objects.exclude(late_report=None).exists(), PATIENCE)
        late = Attempt.objects.exclude(late_report=None).get()
        assert (late.job_id, late.number, late.outcome, late.executor) == ("held", 1, "lost", holder.name)
        assert recorded() == before
        assert Workflow.objects.get().state == "COMPLETED"
        assert ledger.calls()[f"{pk}.held"] == 2


@seeds
def test_an_executor_stands_still_for_two_leases(run: Run, ledger: Ledger, ann: User, seed: int) -> None:
    rng = random.Random(seed)
    with run() as cluster:
        load = Load(ledger, ann)
        load.start()
        load.wait_for_some(rng)
        cluster.executors[0].pause()
        pass_by(2 * LEASE_SECONDS)
        cluster.executors[0].resume()
        verdict.all_end()
        verdict.right(cluster, ledger, load.started)


def wait_for_holder(cluster: Cluster, ledger: Ledger) -> Process:
    """The executor whose job hangs in the ledger, once SQL knows it."""
    eventually(lambda: bool(ledger.calls()) and Attempt.objects.filter(outcome="").exists(), PATIENCE)
    name = Attempt.objects.get(outcome="").executor
    return next(process for process in cluster.executors if process.name == name)


def recorded() -> list[Any]:
    """All that is on record but the late reports."""
    attempts = Attempt.objects.order_by("pk").values_list("job_id", "number", "claim", "outcome", "finished_at")
    jobs = Job.objects.order_by("pk").values_list("job_id", "status", "attempt", "output", "finished_at")
    workflows = Workflow.objects.order_by("pk").values_list("state", "output", "error", "finished_at", "jobs_ended")
    return [*attempts, *jobs, *workflows, *Event.objects.order_by("pk").values_list("type", "subject")]
