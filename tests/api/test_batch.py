from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.events.models import Event
from apps.workflows.live import keys
from apps.workflows.models import DocumentSnapshot, Workflow
from tests.support.people import publish
from tests.support.problems import problem as problem_of

JSON = "application/json"
ONE = {"templateId": "sample", "input": {"amount": 1}}


def test_a_batch_starts_all_in_order(ann, as_ann):
    publish(ann, "other", steps=1)
    items = [ONE | {"labels": {"n": "0"}}, {"templateId": "other", "input": {}, "priority": 3}]
    answer = as_ann.post("/workflows/batch", {"workflows": items}, JSON)
    assert answer.status_code == 201
    first, second = answer.json()["workflows"]
    assert (first["templateId"], first["labels"], len(first["jobs"])) == ("sample", {"n": "0"}, 2)
    assert (second["templateId"], second["priority"], len(second["jobs"])) == ("other", 3, 1)
    assert as_ann.get(f"/workflows/{second['workflowId']}").json() == second


def test_each_workflow_of_a_batch_has_its_event_and_all_share_a_document(as_ann):
    as_ann.post("/workflows/batch", {"workflows": [ONE] * 3}, JSON)
    assert Event.objects.filter(type="baseshift.workflow.created").values("key").distinct().count() == 3
    assert DocumentSnapshot.objects.count() == 1


def test_a_batch_is_journaled_whole(as_ann, open_redis, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer = as_ann.post("/workflows/batch", {"workflows": [ONE] * 600}, JSON)
    with open_redis.client() as client:
        entries = client.xrange(keys.journal(1))
    started = [item["workflowId"] for item in answer.json()["workflows"]]
    assert [fields[b"w"].decode() for _, fields in entries] == started


def test_a_batch_of_a_thousand_costs_as_many_statements_as_one_of_two(as_ann):
    def cost(size: int) -> int:
        with CaptureQueriesContext(connection) as statements:
            answer = as_ann.post("/workflows/batch", {"workflows": [ONE] * size}, JSON)
        assert answer.status_code == 201
        return len(statements)

    cost(1)
    assert cost(1000) == cost(2) <= 10
    assert Workflow.objects.count() == 1003


def test_a_batch_with_too_many_jobs_in_all_starts_nothing(ann, as_ann):
    publish(ann, "large", steps=401)
    items = [{"templateId": "large", "input": {}}] * 60
    problem = problem_of(as_ann.post("/workflows/batch", {"workflows": items}, JSON), 400)
    assert [error["pointer"] for error in problem["errors"]] == ["/workflows/49"]
    assert "20000 jobs" in problem["errors"][0]["message"]
    assert not Workflow.objects.exists()
    assert as_ann.post("/workflows/batch", {"workflows": items[:49]}, JSON).status_code == 201
