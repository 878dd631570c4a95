"""Reading workflows and their jobs."""

import pytest
from django.utils import timezone

from apps.core import times
from apps.workflows.models import Job, Workflow
from apps.workflows.services.requests import StartRequest
from apps.workflows.services.start import start
from tests.graphql.asking import ask, code, pointers
from tests.support.people import publish

IDS = "query($filter: WorkflowFilter) { workflows(filter: $filter) { nodes { id } } }"
ONE = "query($id: ID!) { workflow(id: $id) { id state jobs { id status } } }"


def begin(actor, template_id="sample", **keys):
    return str(start(actor, StartRequest(template_id=template_id, input={"amount": 1}, **keys)).workflow.pk)


def listed(client, **narrowed):
    return [node["id"] for node in ask(client, IDS, filter=narrowed)["workflows"]["nodes"]]


def test_a_workflow_has_its_jobs_before_the_leader_has_made_their_rows(as_ann, ann):
    workflow = begin(ann)
    assert ask(as_ann, ONE, id=workflow)["workflow"] == {
        "id": workflow,
        "state": "INITIALIZED",
        "jobs": [{"id": "s1", "status": "PENDING"}, {"id": "s2", "status": "PENDING"}],
    }


def test_jobs_come_in_the_templates_order(as_ann, ann):
    workflow, now = begin(ann), timezone.now()
    for index, name in ((1, "a"), (0, "b")):
        Job.objects.create(
            workflow_id=workflow, index=index, job_id=name, name=name, type="noop", status="RUNNING", created_at=now
        )
    assert [job["id"] for job in ask(as_ann, ONE, id=workflow)["workflow"]["jobs"]] == ["b", "a"]


@pytest.mark.parametrize("workflow_id", ["", "x", "01a201d8-4bed-7a64-9ca3-75929c97266d", "x" * 1000])
def test_what_is_not_there_is_null(as_ann, workflow_id):
    assert ask(as_ann, ONE, id=workflow_id) == {"workflow": None}


def test_what_one_may_not_see_is_null_and_not_listed(ann, as_bob):
    assert ask(as_bob, ONE, id=begin(ann)) == {"workflow": None}
    assert listed(as_bob) == []


def test_an_error_is_told_with_its_details(as_ann, ann):
    workflow = begin(ann)
    error = {"code": "validation", "message": "no", "jobId": "s1", "attempt": 2}
    details = [{"rule": "check_cvv", "path": "cvv", "message": "wrong"}]
    Workflow.objects.update(state="FAILED", error={**error, "details": details})
    query = (
        "query($id: ID!) { workflow(id: $id) { error { code message jobId attempt details { rule path message } } } }"
    )
    assert ask(as_ann, query, id=workflow)["workflow"]["error"] == {**error, "details": details}
    Workflow.objects.update(error=error)
    assert ask(as_ann, query, id=workflow)["workflow"]["error"] == {**error, "details": []}


@pytest.mark.parametrize("output", [None, {"a": [1, 2.5, "x", None]}, [1], 0, False, "text"])
def test_the_output_is_any_json(as_ann, ann, output):
    workflow = begin(ann)
    Workflow.objects.update(output=output)
    query = "query($id: ID!) { workflow(id: $id) { input output } }"
    assert ask(as_ann, query, id=workflow)["workflow"] == {"input": {"amount": 1}, "output": output}


def test_the_list_is_narrowed_as_by_rest(as_ann, ann):
    publish(ann, "other", version="2.0.0")
    first = begin(ann, labels={"team": "pay", "0": "x"})
    second = begin(ann, "other", labels={"team": "ship"})
    Workflow.objects.filter(pk=second).update(state="FAILED")
    assert listed(as_ann) == [second, first]
    assert listed(as_ann, state="FAILED") == [second]
    assert listed(as_ann, templateId="sample") == [first]
    assert listed(as_ann, version="2.0.0") == [second]
    assert listed(as_ann, search="OTH") == listed(as_ann, search=second) == [second]
    assert listed(as_ann, labels=[{"key": "team", "value": "pay"}, {"key": "0", "value": "x"}]) == [first]
    assert listed(as_ann, labels=[{"key": "team", "value": "pay"}, {"key": "0", "value": "y"}]) == []
    assert listed(as_ann, state=None, labels=None, createdAfter=None, search=None) == [second, first]


def test_the_list_is_narrowed_by_time(as_ann, ann):
    first, second = begin(ann), begin(ann)
    moment = times.rfc3339(Workflow.objects.get(pk=second).created_at)
    assert listed(as_ann, createdBefore=moment) == [first]
    assert listed(as_ann, createdAfter="2020-01-01T00:00:00+01:00", createdBefore=moment) == [first]
    assert listed(as_ann, createdAfter=moment) == []


@pytest.mark.parametrize(
    "narrowed",
    [
        {"state": "GONE"},
        {"createdAfter": "yesterday"},
        {"createdAfter": "2026-11-22T00:00:00"},
        {"createdBefore": 5},
        {"labels": [{"key": "a"}]},
        {"labels": "a:b"},
        {"colour": "red"},
        {"templateId": []},
    ],
)
def test_a_filter_that_cannot_be_used_is_refused(as_ann, narrowed):
    assert code(as_ann, IDS, filter=narrowed) == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("narrowed", "where"),
    [
        ({"search": "x" * 501}, "/filter/search"),
        ({"version": "x" * 501}, "/filter/version"),
        ({"labels": [{"key": "a", "value": "b"}, {"key": "a", "value": "x" * 501}]}, "/filter/labels/1/value"),
    ],
)
def test_a_text_that_is_too_long_is_told_with_its_place(as_ann, narrowed, where):
    assert pointers(as_ann, IDS, filter=narrowed) == [where]


def test_a_text_with_nul_is_refused_however_it_comes(as_ann):
    for query in ('{ workflow(id: "\\u0000") { id } }', '{ workflows(filter: {search: "\\u0000"}) { nodes { id } } }'):
        assert code(as_ann, query) == "BAD_USER_INPUT"


def test_workflows_come_in_pages_that_new_ones_do_not_shift(as_ann, ann):
    made = [begin(ann) for _ in range(5)]
    query = "query($c: String) { workflows(first: 2, after: $c) { nodes { id } pageInfo { endCursor hasNextPage } } }"
    found, cursor = [], None
    for more in (True, True, False):
        page = ask(as_ann, query, c=cursor)["workflows"]
        found += [node["id"] for node in page["nodes"]]
        cursor = page["pageInfo"]["endCursor"]
        assert page["pageInfo"]["hasNextPage"] is more is bool(cursor)
        begin(ann)
    assert found == made[::-1]


@pytest.mark.parametrize("after", ["x", "", "bm8", "WzFd"])
def test_a_cursor_of_another_list_is_told_with_its_place(as_ann, after):
    query = "query($after: String) { workflows(after: $after) { nodes { id } } }"
    assert pointers(as_ann, query, after=after) == ["/after"]


@pytest.mark.parametrize("first", [0, -1, 201])
def test_what_is_no_size_of_a_page_is_told_with_its_place(as_ann, first):
    query = "query($first: Int!) { workflows(first: $first) { nodes { id } } }"
    assert pointers(as_ann, query, first=first) == ["/first"]
