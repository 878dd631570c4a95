"""What was acknowledged stands, whatever is killed right after."""

import queue
import uuid
from typing import Any

import pytest
from django.test import Client

from apps.core.models import User
from apps.events.models import Event
from apps.workflows.models import Command, Job, Workflow
from tests.chaos.conftest import Run
from tests.chaos.test_paused import wait_for_holder
from tests.support import verdict
from tests.support.chaos_samples import gated, patient
from tests.support.cluster import LONG_LEASE_SECONDS, PATIENCE
from tests.support.ledger import Ledger
from tests.support.load import publish, start
from tests.support.people import client_of
from tests.support.threads import in_thread
from tests.support.waiting import eventually

WORKFLOWS = 60
REPORTERS = 4
BEFORE_THE_END, AFTER_THE_END = 15, 15


@pytest.mark.parametrize("empty", [True, False], ids=["redis empty", "redis with its file"])
def test_reports_from_outside_are_never_undone(run: Run, ledger: Ledger, ann: User, empty: bool) -> None:
    publish(ann, patient())
    with run() as cluster:
        started = start(ann, ["patient"] * WORKFLOWS)
        eventually(lambda: Job.objects.filter(status="WAITING").count() == WORKFLOWS, PATIENCE)
        reporters = Reporters(ann, started[:-AFTER_THE_END])
        eventually(lambda: len(reporters.acknowledged) >= BEFORE_THE_END, PATIENCE)
        cluster.kill()
        cluster.redis.kill()
        late = Reporters(ann, started[-AFTER_THE_END:])
        reporters.join()
        late.join()
        assert set(reporters.answers.values()) <= {200, 202}
        assert set(late.answers.values()) == {202}
        cluster.restart_redis(empty=empty)
        cluster.start()
        verdict.all_end()
        assert Event.objects.filter(type="baseshift.job.completed").count() == WORKFLOWS
    outputs = dict(Workflow.objects.values_list("pk", "output"))
    assert outputs == {pk: {"of": str(pk)} for pk in started}
    assert set(Command.objects.values_list("result__status", flat=True)) == {200}


def test_a_report_from_outside_wins_over_the_executor_that_has_the_job(run: Run, ledger: Ledger, ann: User) -> None:
    publish(ann, gated(ledger.url))
    with run(lease=LONG_LEASE_SECONDS) as cluster:
        (pk,) = start(ann, ["gated"])
        wait_for_holder(cluster, ledger)
        # 202: the leader stood still for as long as its lease.
        assert report(client_of(ann), pk, "held") in {200, 202}
        cluster.kill()
        ledger.open_gate()
        cluster.start()
        verdict.all_end()
        verdict.tidy(cluster)
    assert Workflow.objects.get().output == {"of": str(pk)}
    assert Event.objects.filter(type="baseshift.job.completed").count() == 1


class Reporters:
    """Threads that complete jobs through the REST interface, one after the other. ``answers`` are by workflow."""

    def __init__(self, user: User, workflows: list[uuid.UUID]) -> None:
        self.answers: dict[uuid.UUID, int] = {}
        self._client = client_of(user)
        self._waiting: queue.SimpleQueue[uuid.UUID] = queue.SimpleQueue()
        for pk in workflows:
            self._waiting.put(pk)
        self._threads = [in_thread(self._report_all) for _ in range(REPORTERS)]

    @property
    def acknowledged(self) -> list[uuid.UUID]:
        return [pk for pk, status in list(self.answers.items()) if status == 200]

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    def _report_all(self) -> None:
        while True:
            try:
                pk = self._waiting.get_nowait()
            except queue.Empty:
                return
            self.answers[pk] = report(self._client, pk, "timer1")


def report(client: Client, pk: uuid.UUID, job: str) -> int:
    body: dict[str, Any] = {"status": "COMPLETED", "output": {"of": str(pk)}}
    answer = client.put(f"/workflows/{pk}/jobs/{job}", body, content_type="application/json")
    return answer.status_code
