"""Bad input: a 4xx problem that points at what is wrong, nothing stored, never a 500."""

import json

import pytest

from apps.events import topics
from apps.events.models import Event
from apps.workflows.models import Command, DocumentSnapshot, Workflow
from tests.support.people import publish
from tests.support.problems import pointers, problem

JSON = "application/json"
GOOD = {"templateId": "sample", "input": {"amount": 1}}


def deep(levels: int) -> str:
    return "[" * levels + "]" * levels


@pytest.mark.parametrize("path", ["/workflows", "/api/v1/templates", "/graphql"])
def test_a_body_whose_length_is_not_told_is_refused(as_ann, path: str):
    """It would be taken for empty."""
    problem(as_ann.post(path, json.dumps(GOOD), JSON, headers={"Transfer-Encoding": "chunked"}), 411)
    assert not Workflow.objects.exists()


STARTS = {
    "no body": ("", ["/input", "/templateId"]),
    "no object": ("[]", [""]),
    "null": ("null", [""]),
    "no JSON": ("{", [""]),
    "NaN": ('{"templateId": "sample", "input": {"amount": NaN}}', ["/input/amount"]),
    "infinity": ('{"templateId": "sample", "input": {"amount": 1e999}}', ["/input/amount"]),
    "lone surrogate": ('{"templateId": "sample", "input": {"a": "\\ud800"}}', ["/input/a"]),
    "NUL": ('{"templateId": "sample", "input": {"a": "\\u0000"}}', ["/input/a"]),
    "key twice": ('{"templateId": "sample", "input": {}, "input": {}}', ["/input"]),
    "bad UTF-8": (b'{"templateId": "\xff"}', [""]),
    "deep": (f'{{"templateId": "sample", "input": {deep(100)}}}', ["/input" + "/0" * 99]),
    "very deep": (deep(100_000), [""]),
    "unknown key": (GOOD | {"name": "x"}, ["/name"]),
    "unknown template": (GOOD | {"templateId": "nothing"}, ["/templateId"]),
    "template of another type": (GOOD | {"templateId": 5}, ["/templateId"]),
    "empty template": (GOOD | {"templateId": ""}, ["/templateId"]),
    "long template": (GOOD | {"templateId": "x" * 101}, ["/templateId"]),
    "unknown version": (GOOD | {"version": "9.0.0"}, ["/version"]),
    "unmatched range": (GOOD | {"version": "^9"}, ["/version"]),
    "malformed range": (GOOD | {"version": "one"}, ["/version"]),
    "null version": (GOOD | {"version": None}, ["/version"]),
    "input of another type": (GOOD | {"input": []}, ["/input"]),
    "input that breaks the schema": (GOOD | {"input": {"amount": "1"}}, ["/input/amount"]),
    "missing input": ({"templateId": "sample"}, ["/input"]),
    "priority of another type": (GOOD | {"priority": "high"}, ["/priority"]),
    "boolean priority": (GOOD | {"priority": True}, ["/priority"]),
    "huge priority": (GOOD | {"priority": 10**300}, ["/priority"]),
    "labels of another type": (GOOD | {"labels": []}, ["/labels"]),
    "label of another type": (GOOD | {"labels": {"a/b": 1}}, ["/labels/a~1b"]),
    "long label": (GOOD | {"labels": {"a": "x" * 256}}, ["/labels/a"]),
    "empty label": (GOOD | {"labels": {"": "x"}}, ["/labels/"]),
    "too many labels": (GOOD | {"labels": {str(n): "x" for n in range(65)}}, ["/labels"]),
    "several mistakes": (GOOD | {"version": 1, "priority": []}, ["/priority", "/version"]),
}


@pytest.mark.parametrize(("body", "where"), STARTS.values(), ids=STARTS)
def test_a_start_that_cannot_be_used_is_refused_with_its_place(as_ann, body, where):
    text = json.dumps(body) if isinstance(body, dict) else body
    assert pointers(as_ann.post("/workflows", text, JSON)) == where
    assert not Workflow.objects.exists()
    assert not Event.objects.exclude(topic=topics.TEMPLATES).exists()
    assert not DocumentSnapshot.objects.exists()


def test_a_body_of_ten_megabytes_is_refused_by_its_size(as_ann):
    body = json.dumps(GOOD | {"input": {"a": "x" * 10_000_000}})
    problem(as_ann.post("/workflows", body, JSON), 413)
    assert not Workflow.objects.exists()


def test_a_body_of_another_type_is_refused(as_ann):
    problem(as_ann.post("/workflows", "templateId=sample", "application/x-www-form-urlencoded"), 415)


BATCHES = {
    "no list": ({"workflows": {}}, ["/workflows"]),
    "empty": ({"workflows": []}, ["/workflows"]),
    "too many": ({"workflows": [GOOD] * 1001}, ["/workflows"]),
    "missing": ({}, ["/workflows"]),
    "unknown key": ({"workflows": [GOOD], "more": 1}, ["/more"]),
    "item of another type": ({"workflows": [GOOD, 5]}, ["/workflows/1"]),
    "item with an unknown key": ({"workflows": [GOOD, GOOD | {"x": 1}]}, ["/workflows/1/x"]),
    "item with an unknown template": ({"workflows": [GOOD, GOOD | {"templateId": "no"}]}, ["/workflows/1/templateId"]),
    "item with an unknown version": ({"workflows": [GOOD | {"version": "2.0.0"}]}, ["/workflows/0/version"]),
    "item with a wrong input": (
        {"workflows": [GOOD, GOOD, GOOD | {"input": {"amount": "x"}}]},
        ["/workflows/2/input/amount"],
    ),
    "several": (
        {"workflows": [{"templateId": "sample"}, GOOD | {"labels": 1}]},
        ["/workflows/0/input", "/workflows/1/labels"],
    ),
}


@pytest.mark.parametrize(("body", "where"), BATCHES.values(), ids=BATCHES)
def test_a_batch_with_one_mistake_starts_nothing(as_ann, body, where):
    assert pointers(as_ann.post("/workflows/batch", body, JSON)) == where
    assert not Workflow.objects.exists()


REPORTS = {
    "no body": ("", ["/status"]),
    "no object": ("[]", [""]),
    "unknown status": ({"status": "DONE"}, ["/status"]),
    "status nobody may report": ({"status": "QUEUED"}, ["/status"]),
    "status of another type": ({"status": 1}, ["/status"]),
    "unknown key": ({"status": "RUNNING", "result": 1}, ["/result"]),
    "attempt 0": ({"status": "RUNNING", "attempt": 0}, ["/attempt"]),
    "half an attempt": ({"status": "RUNNING", "attempt": 1.5}, ["/attempt"]),
    "attempt of another type": ({"status": "RUNNING", "attempt": "1"}, ["/attempt"]),
    "output of what runs": ({"status": "RUNNING", "output": 1}, ["/output"]),
    "output of what failed": ({"status": "FAILED", "output": 1}, ["/output"]),
    "error of what is done": ({"status": "COMPLETED", "error": {}}, ["/error"]),
    "large output": ({"status": "COMPLETED", "output": "x" * 262_144}, ["/output"]),
    "error of another type": ({"status": "FAILED", "error": []}, ["/error"]),
    "error with an unknown key": ({"status": "FAILED", "error": {"why": "x"}}, ["/error/why"]),
    "error with a wrong code": ({"status": "FAILED", "error": {"code": 5}}, ["/error/code"]),
    "error with wrong details": ({"status": "FAILED", "error": {"details": [{"path": 1}]}}, ["/error/details/0/path"]),
}


@pytest.mark.parametrize(("body", "where"), REPORTS.values(), ids=REPORTS)
def test_a_report_that_cannot_be_used_is_refused_with_its_place(as_ann, started, body, where):
    text = json.dumps(body) if isinstance(body, dict) else body
    assert pointers(as_ann.put(f"/workflows/{started['workflowId']}/jobs/s1", text, JSON)) == where
    assert not Command.objects.exists()


@pytest.mark.parametrize("job_id", ["nothing", "s1%00", "%FF", "s1[0]", "S1"])
@pytest.mark.parametrize("attempt", [None, 1])
def test_a_report_on_an_unknown_job_is_not_found(as_ann, started, job_id, attempt):
    body = {"status": "RUNNING"} if attempt is None else {"status": "RUNNING", "attempt": attempt}
    problem(as_ann.put(f"/workflows/{started['workflowId']}/jobs/{job_id}", body, JSON), 404)
    assert not Command.objects.exists()


NOBODY = "/workflows/00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", NOBODY),
        ("get", f"{NOBODY}/events"),
        ("post", f"{NOBODY}/cancel"),
        ("put", f"{NOBODY}/jobs/s1"),
        ("get", "/workflows/not-an-id"),
        ("get", "/workflows/batch/more"),
        ("post", "/workflows/not-an-id/cancel"),
        ("get", "/workflows/"),
        ("get", "/api/v1/workflows/%00"),
        ("get", "/api/v2/workflows"),
        ("get", "/api"),
    ],
)
def test_what_is_not_there_is_a_404_problem(as_ann, method, path):
    problem(getattr(as_ann, method)(path, {"status": "RUNNING"} if method == "put" else None, content_type=JSON), 404)


@pytest.mark.parametrize("superuser", [False, True])
def test_a_superuser_finds_no_more_workflows_than_there_are(as_ann, ann, superuser):
    ann.is_superuser = superuser
    ann.save()
    problem(as_ann.post(f"{NOBODY}/cancel"), 404)
    problem(as_ann.put(f"{NOBODY}/jobs/s1", {"status": "RUNNING"}, JSON), 404)


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("state=DONE", "/state"),
        ("label=a", "/label"),
        ("label=:a", "/label"),
        ("createdAfter=yesterday", "/createdAfter"),
        ("createdBefore=2026-11-22T00:00:00", "/createdBefore"),
        ("limit=0", "/limit"),
        ("limit=1000", "/limit"),
        ("cursor=x", "/cursor"),
        ("search=%00", "/search"),
        ("state=RUNNING&state=FAILED", "/state"),
        ("status=RUNNING", "/status"),
    ],
)
def test_a_list_is_not_guessed_at(as_ann, query, where):
    assert pointers(as_ann.get(f"/workflows?{query}")) == [where]


@pytest.mark.parametrize("wait", ["-1", "61", "nan", "inf", "soon", ""])
def test_a_time_to_wait_is_a_number_of_seconds_up_to_sixty(as_ann, started, wait):
    assert pointers(as_ann.get(f"/workflows/{started['workflowId']}?wait={wait}")) == ["/wait"]


def test_calls_without_parameters_take_none(as_ann, started):
    assert pointers(as_ann.post("/workflows?dry=true", GOOD, JSON)) == ["/dry"]
    assert pointers(as_ann.post(f"/workflows/{started['workflowId']}/cancel", {"why": "x"}, JSON)) == ["/why"]


def test_a_template_that_is_a_draft_alone_cannot_be_started(ann, as_ann):
    from apps.core.access.policy import SYSTEM
    from apps.templates.services.create import create_version
    from tests.support.people import document

    create_version(SYSTEM, document=document("drafted"), draft=True)
    ann.is_superuser = True
    ann.save()
    assert pointers(as_ann.post("/workflows", GOOD | {"templateId": "drafted"}, JSON)) == ["/version"]


def test_long_inputs_are_not_echoed(ann, as_ann):
    publish(ann, "strict", inputSchema={"type": "object", "properties": {"card": {"type": "string", "maxLength": 3}}})
    answer = as_ann.post("/workflows", {"templateId": "strict", "input": {"card": "4111111111111111"}}, JSON)
    assert pointers(answer) == ["/input/card"]
    assert b"4111" not in answer.content
