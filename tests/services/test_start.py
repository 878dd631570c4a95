"""What a start leaves behind, in whatever transaction and at whatever moment it comes."""

import threading
import uuid
from typing import Any

import pytest
from django.db import transaction

from apps.core.access.policy import SYSTEM
from apps.workflows.live import keys
from apps.workflows.live.journal import append_starts
from apps.workflows.models import DocumentSnapshot, IdempotencyKey, Workflow, WorkflowUserPermission
from apps.workflows.services.requests import StartRequest
from apps.workflows.services.start import start, start_batch
from tests.support.threads import in_thread
from tests.support.waiting import eventually


class Rollback(Exception):
    pass


def open_redis(stores) -> None:
    with stores.client() as client:
        client.set(keys.open_mark(), f"{client.info('server')['run_id']}:1")


def journal(stores) -> list[str]:
    with stores.client() as client:
        return [fields[b"w"].decode() for _, fields in client.xrange(keys.journal(1))]


def test_the_journal_hears_of_a_workflow_when_its_row_is_committed(ann, stores):
    open_redis(stores)
    with transaction.atomic():
        started = start(ann, StartRequest(template_id="sample", input={}))
        assert journal(stores) == []
    assert journal(stores) == [str(started.workflow.pk)]


def test_what_is_rolled_back_leaves_nothing(ann, stores):
    open_redis(stores)
    with pytest.raises(Rollback), transaction.atomic():
        start(ann, StartRequest(template_id="sample", input={}), idempotency_key="k")
        raise Rollback
    assert journal(stores) == []
    assert not Workflow.objects.exists()
    assert not IdempotencyKey.objects.exists()


def test_the_system_starts_workflows_that_belong_to_nobody(ann):
    started = start(SYSTEM, StartRequest(template_id="sample", input={}))
    assert Workflow.objects.get().created_by is None
    assert started.created
    assert not WorkflowUserPermission.objects.exists()


def test_many_starts_at_once_with_one_key_make_one_workflow(ann, stores):
    together, found = threading.Barrier(6), []

    def again() -> None:
        together.wait()
        found.append(start(ann, StartRequest(template_id="sample", input={}), idempotency_key="k"))

    for thread in [in_thread(again) for _ in range(6)]:
        thread.join()
    assert len({one.workflow.pk for one in found}) == 1
    assert sorted(one.created for one in found) == [False] * 5 + [True]
    assert Workflow.objects.count() == 1


def test_many_first_starts_at_once_freeze_one_document(ann):
    together, found = threading.Barrier(4), []

    def begin() -> None:
        together.wait()
        found.append(start(ann, StartRequest(template_id="sample", input={})))

    for thread in [in_thread(begin) for _ in range(4)]:
        thread.join()
    assert len(found) == Workflow.objects.count() == 4
    assert DocumentSnapshot.objects.count() == 1


def test_a_led_batch_is_run(ann, leader):
    requests: list[Any] = [StartRequest("sample", input={}) for _ in range(3)]
    started = start_batch(ann, requests=requests)
    eventually(lambda: Workflow.objects.filter(state="RUNNING").count() == len(started))


def test_many_jobs_are_written_in_several_short_scripts_and_by_few_commands(stores):
    open_redis(stores)
    names = [f"s{number}" for number in range(2500)]
    started = {uuid.uuid4(): names for _ in range(9)}
    append_starts({uuid.uuid4(): names[:1]})
    with stores.client() as client:
        client.config_resetstat()
        append_starts(started)
        cost = client.info("commandstats")
        listed = [client.lrange(keys.workflow_jobs(str(pk)), 0, -1) for pk in started]
    assert cost["cmdstat_evalsha"]["calls"] == 3
    assert cost["cmdstat_rpush"]["calls"] == 9 * 3
    assert listed == [[name.encode() for name in names]] * 9
    assert journal(stores)[1:] == [str(pk) for pk in started]
