"""Cancel and report: stored, journaled, answered by a real leader, or accepted where nobody answers."""

import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from apps.core.errors import Conflict, Hidden
from apps.workflows.live import keys
from apps.workflows.models import Attempt, Command, Job, Shard, Workflow
from apps.workflows.services import commands, read
from apps.workflows.services.cancel import cancel
from apps.workflows.services.report import report
from apps.workflows.services.requests import StartRequest
from apps.workflows.services.start import start
from tests.services.test_start import open_redis
from tests.support.waiting import eventually


def begin(ann):
    """A workflow whose first job the leader has queued."""
    workflow_id = start(ann, StartRequest(template_id="sample", input={})).workflow.pk
    eventually(lambda: Job.objects.filter(workflow=workflow_id, job_id="s1", status="QUEUED").exists())
    return workflow_id


def status(workflow_id, job_id="s1") -> str:
    return str(read.job(workflow_id=workflow_id, job_id=job_id)["status"])


# -- with a leader ------------------------------------------------------------------------------------


def test_a_cancel_is_applied_before_it_is_answered(ann, leader):
    workflow_id = begin(ann)
    assert cancel(ann, workflow_id=workflow_id).applied
    assert Workflow.objects.get().state == "CANCELLED"
    assert status(workflow_id) == "CANCELLED"


def test_a_report_is_applied_before_it_is_answered(ann, leader):
    workflow_id = begin(ann)
    assert report(ann, workflow_id=workflow_id, job_id="s1", status="RUNNING").applied
    assert status(workflow_id) == "RUNNING"
    assert Attempt.objects.get(workflow=workflow_id).executor == "outside:ann"
    assert report(ann, workflow_id=workflow_id, job_id="s1", status="COMPLETED", output={"a": 1}).applied
    assert Job.objects.get(job_id="s1").output == {"a": 1}
    assert status(workflow_id, "s2") == "QUEUED"


def test_an_exact_repeat_is_answered_as_the_first_was(ann, leader):
    workflow_id = begin(ann)
    for _ in range(2):
        assert report(ann, workflow_id=workflow_id, job_id="s1", status="COMPLETED", output=[1], attempt=1).applied


def test_a_report_without_an_error_fails_the_job_with_one(ann, leader):
    workflow_id = begin(ann)
    report(ann, workflow_id=workflow_id, job_id="s1", status="FAILED")
    assert status(workflow_id) == "FAILED"
    error = Job.objects.get(job_id="s1").error
    assert error["code"] == "error"


def test_another_outcome_than_the_recorded_one_is_a_conflict(ann, leader):
    workflow_id = begin(ann)
    report(ann, workflow_id=workflow_id, job_id="s1", status="COMPLETED", output=1)
    with pytest.raises(Conflict):
        report(ann, workflow_id=workflow_id, job_id="s1", status="COMPLETED", output=2)


def test_a_transition_that_is_not_allowed_is_a_conflict(ann, leader):
    workflow_id = begin(ann)
    with pytest.raises(Conflict):
        report(ann, workflow_id=workflow_id, job_id="s2", status="RUNNING")


def test_an_old_attempt_is_a_conflict(ann, leader):
    workflow_id = begin(ann)
    with pytest.raises(Conflict):
        report(ann, workflow_id=workflow_id, job_id="s1", status="RUNNING", attempt=7)


def test_cancelling_again_changes_nothing_and_cancelling_what_completed_is_a_conflict(ann, leader):
    workflow_id = begin(ann)
    assert cancel(ann, workflow_id=workflow_id).applied
    assert cancel(ann, workflow_id=workflow_id).applied
    assert Command.objects.count() == 1
    other = begin(ann)
    for job_id in ("s1", "s2"):
        eventually(lambda job_id=job_id: status(other, job_id) == "QUEUED")
        report(ann, workflow_id=other, job_id=job_id, status="COMPLETED")
    eventually(lambda: Workflow.objects.get(pk=other).state == "COMPLETED")
    with pytest.raises(Conflict):
        cancel(ann, workflow_id=other)


def test_inside_a_transaction_nobody_waits(ann, leader):
    workflow_id = begin(ann)
    with transaction.atomic():
        assert not cancel(ann, workflow_id=workflow_id).applied
    eventually(lambda: Workflow.objects.get().state == "CANCELLED")


# -- without one --------------------------------------------------------------------------------------


@pytest.mark.parametrize("lease", [None, "past"])
def test_while_nobody_leads_a_command_is_accepted_at_once(ann, stores, patient_answers, lease):
    open_redis(stores)
    Shard.objects.update(expires_at=timezone.now() - timedelta(seconds=1) if lease else None)
    workflow_id = start(ann, StartRequest(template_id="sample", input={})).workflow.pk
    began = time.monotonic()
    assert not cancel(ann, workflow_id=workflow_id).applied
    assert not report(ann, workflow_id=workflow_id, job_id="s1", status="RUNNING").applied
    assert time.monotonic() - began < commands.WAIT_SECONDS
    assert sorted(Command.objects.values_list("kind", "applied_at")) == [("cancel", None), ("report", None)]


def test_a_report_on_a_job_that_the_template_does_not_have_is_not_stored(ann):
    workflow_id = start(ann, StartRequest(template_id="sample", input={})).workflow.pk
    with pytest.raises(Hidden):
        report(ann, workflow_id=workflow_id, job_id="s9", status="RUNNING")
    assert not Command.objects.exists()


def test_a_command_holds_its_workflow_in_the_call_that_journals_it(ann, stores):
    open_redis(stores)
    workflow_id = start(ann, StartRequest(template_id="sample", input={})).workflow.pk
    cancel(ann, workflow_id=workflow_id)
    with stores.client() as client:
        *_, (entry_id, fields) = client.xrange(keys.journal(1))
        assert client.hget(keys.work(1, str(workflow_id)), "hold") == entry_id
    assert (fields[b"k"], fields[b"d"].decode()) == (b"command", str(Command.objects.get().pk))


def test_a_report_names_the_attempt_that_is_current_when_it_is_written(ann):
    workflow_id = start(ann, StartRequest(template_id="sample", input={})).workflow.pk
    job = {"index": 0, "name": "s1", "type": "noop", "created_at": timezone.now()}
    Job.objects.create(workflow_id=workflow_id, job_id="s1", attempt=3, **job)
    report(ann, workflow_id=workflow_id, job_id="s1", status="FAILED", error={"code": "x", "message": "y"})
    payload = Command.objects.get().payload
    assert payload == {"status": "FAILED", "attempt": 3, "error": {"code": "x", "message": "y"}}
