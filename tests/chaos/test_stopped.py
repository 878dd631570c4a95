"""What is asked of a part while it runs: to end, or to give a job up."""

import random
import time

from apps.core.models import User
from apps.workflows.models import Attempt, Job
from apps.workflows.services.cancel import cancel
from tests.chaos.conftest import Run
from tests.chaos.test_paused import wait_for_holder
from tests.support import verdict
from tests.support.chaos_samples import gated
from tests.support.cluster import LASTING_LEASE_SECONDS, LONG_LEASE_SECONDS, PATIENCE
from tests.support.ledger import Ledger
from tests.support.load import Load, publish, start
from tests.support.waiting import eventually

CANCEL_SECONDS = 2.0
# A busy machine may hold some up, not all.
ROUNDS = 4


def test_an_executor_that_is_asked_to_end_finishes_its_jobs_first(run: Run, ledger: Ledger, ann: User) -> None:
    rng = random.Random(1)
    with run(lease=LONG_LEASE_SECONDS) as cluster:
        load = Load(ledger, ann)
        load.start()
        load.wait_for_some(rng, 0.5)
        assert cluster.executors[0].terminate() == 0
        verdict.all_end()
        verdict.right(cluster, ledger, load.started)
        assert not Attempt.objects.filter(outcome="lost").exists()


def test_a_cancel_reaches_a_running_job_within_two_seconds(run: Run, ledger: Ledger, ann: User) -> None:
    """The job hangs in a call; once it was given up, its slot takes the next one."""
    publish(ann, gated(ledger.url))
    with run(executors=1, slots=1, lease=LONG_LEASE_SECONDS) as cluster:
        (held,) = start(ann, ["gated"])
        wait_for_holder(cluster, ledger)
        took = []
        for _ in range(ROUNDS):
            (following,) = start(ann, ["gated"])
            began = time.monotonic()
            cancel(ann, workflow_id=held)
            eventually(lambda key=f"{following}.held": ledger.calls()[key] == 1, PATIENCE)  # type: ignore[misc]
            took.append(time.monotonic() - began)
            assert Job.objects.get(workflow=held).status == "CANCELLED"
            held = following
        assert min(took) < CANCEL_SECONDS
        ledger.open_gate()
        verdict.all_end()
        verdict.tidy(cluster)


def test_a_lost_job_is_with_another_executor_after_its_lease(run: Run, ledger: Ledger, ann: User) -> None:
    publish(ann, gated(ledger.url))
    with run(lease=LASTING_LEASE_SECONDS) as cluster:
        (pk,) = start(ann, ["gated"])
        holder = wait_for_holder(cluster, ledger)
        holder.kill()
        verdict.all_end()
        assert ledger.calls() == {f"{pk}.held": 2}
        assert list(Attempt.objects.order_by("number").values_list("outcome", flat=True)) == ["lost", "completed"]
