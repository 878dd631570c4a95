"""``POST /workflows``: what is answered, what is stored, what is told to Redis."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from apps.core.models import User
from apps.events.models import Event
from apps.workflows.live import keys
from apps.workflows.models import DocumentSnapshot, IdempotencyKey, Workflow
from tests.support.people import publish
from tests.support.problems import pointers, problem

JSON = "application/json"
BODY = {"templateId": "sample", "input": {"amount": 3}}


def post(client, body=BODY, key=None):
    headers = {} if key is None else {"idempotency-key": key}
    return client.post("/api/v1/workflows", body, JSON, headers=headers)


def test_a_started_workflow_is_answered_whole(as_ann):
    answer = post(as_ann, {**BODY, "priority": 7, "labels": {"team": "a"}})
    body = answer.json()
    job = {"type": "noop", "status": "PENDING", "reason": None, "attempt": 0}
    job |= {"startedAt": None, "finishedAt": None, "error": None}
    assert answer.status_code == 201
    assert answer["location"] == f"/api/v1/workflows/{body['workflowId']}"
    assert UUID(body.pop("workflowId"))
    assert datetime.fromisoformat(body.pop("createdAt")).utcoffset() == timedelta(0)
    assert body == {
        "templateId": "sample",
        "version": "1.0.0",
        "state": "INITIALIZED",
        "currentJob": None,
        "priority": 7,
        "labels": {"team": "a"},
        "progress": 0,
        "createdBy": "ann",
        "startedAt": None,
        "finishedAt": None,
        "error": None,
        "jobs": [{"jobId": "s1", "name": "s1", **job}, {"jobId": "s2", "name": "s2", **job}],
        "input": {"amount": 3},
        "output": None,
    }


@pytest.mark.parametrize("given", [{}, {"priority": 7}])
def test_the_answer_is_what_the_location_reads(as_ann, given):
    answer = post(as_ann, {**BODY, **given})
    # To the letter: 7 and 7.0 would be equal values, but two kinds of number for some readers.
    assert as_ann.get(answer["location"]).content == answer.content


def test_a_start_freezes_the_document_once_for_all_its_workflows(as_ann):
    post(as_ann), post(as_ann)
    assert DocumentSnapshot.objects.count() == 1
    assert DocumentSnapshot.objects.get().body["templateId"] == "sample"


def test_a_start_leaves_its_event_without_the_input(as_ann):
    workflow_id = post(as_ann).json()["workflowId"]
    event = Event.objects.get(key=workflow_id)
    assert (event.type, event.topic, event.subject) == (
        "baseshift.workflow.created",
        "base-shift.workflows",
        workflow_id,
    )
    assert event.data == {
        "workflowId": workflow_id,
        "templateId": "sample",
        "version": "1.0.0",
        "state": "INITIALIZED",
    }


def test_the_keys_of_the_contract_stand_from_the_creation(started, open_redis):
    with open_redis.client() as client:
        assert client.get(keys.workflow_state(started["workflowId"])) == b"INITIALIZED"
        assert client.lrange(keys.workflow_jobs(started["workflowId"]), 0, -1) == [b"s1", b"s2"]
        assert client.exists(keys.workflow_current_job(started["workflowId"])) == 0


def test_the_journal_has_one_start(started, open_redis):
    with open_redis.client() as client:
        entries = client.xrange(keys.journal(1))
    assert [(fields[b"k"], fields[b"w"]) for _, fields in entries] == [(b"start", started["workflowId"].encode())]


def test_without_redis_a_start_is_accepted(as_ann, open_redis, django_capture_on_commit_callbacks):
    open_redis.flush()
    with django_capture_on_commit_callbacks(execute=True):
        answer = post(as_ann)
    assert answer.status_code == 201
    assert as_ann.get(answer["location"]).json()["state"] == "INITIALIZED"


@pytest.mark.parametrize(
    ("wanted", "meant"), [(None, "2.0.0"), ("latest", "2.0.0"), ("^1.0", "1.1.0"), ("1.0.0", "1.0.0")]
)
def test_a_range_means_the_newest_published_match(ann, as_ann, wanted, meant):
    publish(ann, version="1.1.0"), publish(ann, version="2.0.0")
    body = BODY if wanted is None else {**BODY, "version": wanted}
    assert post(as_ann, body).json()["version"] == meant


def test_the_templates_priority_counts_unless_one_is_given(ann, as_ann):
    publish(ann, "urgent", priority=5)
    assert post(as_ann, {**BODY, "templateId": "urgent"}).json()["priority"] == 5
    assert post(as_ann, {**BODY, "templateId": "urgent", "priority": 0}).json()["priority"] == 0


def test_the_launcher_may_see_and_operate_the_workflow_and_nobody_else(as_ann, as_bob):
    path = post(as_ann)["location"]
    assert as_ann.post(f"{path}/cancel").status_code == 202
    problem(as_bob.get(path), 404)


# -- who may start ------------------------------------------------------------------------------------


def test_a_hidden_template_is_answered_as_an_unknown_one(as_ann, as_bob):
    hidden = problem(post(as_bob), 400)
    assert hidden == problem(post(as_bob, {**BODY, "templateId": "nothing"}), 400)
    assert [error["pointer"] for error in hidden["errors"]] == ["/templateId"]


def test_an_unknown_version_of_a_hidden_template_does_not_betray_it(as_ann, as_bob):
    assert pointers(post(as_bob, {**BODY, "version": "9.9.9"})) == ["/templateId"]


def test_a_template_that_may_be_seen_but_not_started_is_forbidden(ann, bob, as_bob):
    from guardian.shortcuts import assign_perm

    from apps.templates.models import JobTemplate

    assign_perm("view_jobtemplate", bob, JobTemplate.objects.get())
    problem(post(as_bob), 403)
    assert Workflow.objects.count() == 0


# -- Idempotency-Key ----------------------------------------------------------------------------------


def test_the_same_key_and_body_answer_the_first_workflow(as_ann):
    first, second = post(as_ann, key="k"), post(as_ann, key="k")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert Workflow.objects.count() == 1


def test_the_order_of_keys_makes_no_other_body(as_ann):
    post(as_ann, {"templateId": "sample", "input": {"amount": 1, "b": 2}}, key="k")
    assert post(as_ann, {"input": {"b": 2, "amount": 1}, "templateId": "sample"}, key="k").status_code == 200


def test_the_same_key_with_another_body_is_a_conflict(as_ann):
    post(as_ann, key="k")
    problem(post(as_ann, {**BODY, "input": {}}, key="k"), 409)
    assert Workflow.objects.count() == 1


def test_a_key_is_each_users_own(ann, bob, as_ann, as_bob):
    publish(bob)
    assert post(as_ann, key="k").status_code == post(as_bob, key="k").status_code == 201


def test_a_key_is_kept_for_a_day(as_ann):
    first = post(as_ann, key="k").json()
    row = IdempotencyKey.objects.get()
    IdempotencyKey.objects.update(created_at=row.created_at - timedelta(hours=24))
    second = post(as_ann, {**BODY, "input": {}}, key="k")
    assert second.status_code == 201
    assert second.json()["workflowId"] != first["workflowId"]


def test_a_start_that_was_refused_does_not_use_its_key_up(as_ann):
    pointers(post(as_ann, {**BODY, "input": []}, key="k"))
    assert post(as_ann, key="k").status_code == 201


@pytest.mark.parametrize("key", ["", "k" * 201, "\xe9"])
def test_a_key_that_cannot_be_kept_is_refused(as_ann, key):
    problem(post(as_ann, key=key), 400)
    assert Workflow.objects.count() == 0


# -- cost ---------------------------------------------------------------------------------------------


def test_a_start_costs_a_bounded_number_of_statements(as_ann, django_assert_max_num_queries):
    post(as_ann)
    with django_assert_max_num_queries(9):
        assert post(as_ann).status_code == 201


def test_an_inactive_user_starts_nothing(as_ann):
    User.objects.update(is_active=False)
    problem(post(as_ann), 401)
