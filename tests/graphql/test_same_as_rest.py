"""GraphQL shows of an object what REST shows of it."""

import pytest
from django.utils import timezone

from apps.core.access import policy
from apps.core.models import User
from apps.pods.models import Pod, PodPool
from apps.pods.services import pools
from apps.templates.documents.schema import DOCUMENT_SCHEMA, UNSUPPORTED_STEP_KEYS
from apps.workflows.models import Job, Workflow
from apps.workflows.services.requests import StartRequest
from apps.workflows.services.start import start
from tests.graphql.asking import ask
from tests.graphql.everything import SCHEMA, selection
from tests.support.people import document
from tests.support.pod_work import measured, pod_of, running

ERROR = {"code": "http_500", "message": "no", "jobId": "s1", "attempt": 2}
# What GraphQL calls otherwise, and what only one of them has.
NAMES = {"id": "workflowId"}
MORE = {"document", "etag", "versions", "id"}
# REST leaves out what the document does not say; GraphQL says what that means.
DEFAULTS = {"labels": {}, "failFast": False, "priority": 0, "description": None, "timeout": None, "output": None}
STEP_KEYS = DOCUMENT_SCHEMA["properties"]["steps"]["items"]["properties"].keys() - {*UNSUPPORTED_STEP_KEYS}


def plain(value):
    """Without ``__typename``, of which REST knows nothing."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key != "__typename"}
    return [plain(item) for item in value] if isinstance(value, list) else value


@pytest.fixture
def workflow(ann: User) -> Workflow:
    made = start(
        ann, StartRequest(template_id="sample", input={"amount": 1.5}, labels={"a": "b"}, priority=2.5)
    ).workflow
    now = timezone.now()
    Job.objects.create(
        workflow=made,
        **{"index": 0, "job_id": "s1", "name": "s1", "type": "noop", "status": "FAILED", "attempt": 2},
        error=ERROR,
        created_at=now,
        started_at=now,
    )
    Job.objects.create(
        workflow=made,
        **{"index": 1, "job_id": "s2", "name": "s2", "type": "noop", "status": "SKIPPED", "reason": "upstream"},
        created_at=now,
    )
    Workflow.objects.update(state="FAILED", error=ERROR, started_at=now, jobs_total=2, jobs_ended=2, output=[1])
    return made


def test_a_workflow(as_ann, workflow):
    rest = as_ann.get(f"/workflows/{workflow.pk}").json()
    query = f"query($id: ID!) {{ workflow(id: $id) {selection(SCHEMA.type_map['Workflow'])} }}"
    found = plain(ask(as_ann, query, id=str(workflow.pk))["workflow"])
    for job in (found, *found["jobs"]):
        job["jobId" if job is not found else "workflowId"] = job.pop("id")
    assert without_nulls(found) == without_nulls(rest)


def without_nulls(value):
    """REST leaves out of an error what GraphQL has as null."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def test_a_list_of_workflows(as_ann, workflow):
    rest = as_ann.get("/workflows").json()["items"]
    query = f"{{ workflows {{ nodes {selection(SCHEMA.type_map['Workflow'])} }} }}"
    (found,) = plain(ask(as_ann, query)["workflows"]["nodes"])
    assert {key: found[key if key != "workflowId" else "id"] for key in rest[0]} | {"error": None} == rest[0] | {
        "error": None
    }


def test_a_step_has_every_key_that_documents_may_give_it():
    assert SCHEMA.type_map["JobStep"].fields.keys() == STEP_KEYS


def test_a_step_says_whose_pods_run_it(as_ann, ann):
    policy.grant_creator(ann, [PodPool.objects.create(name="gpu")], ["use"])
    steps = [{"name": "a", "type": "noop", "config": {}, "pool": "gpu"}, {"name": "b", "type": "noop", "config": {}}]
    stored = as_ann.post("/api/v1/templates", document("other") | {"steps": steps}, "application/json")
    assert stored.status_code == 201
    found = ask(as_ann, '{ jobTemplate(id: "other") { steps { name pool } } }')["jobTemplate"]["steps"]
    assert found == [{"name": "a", "pool": "gpu"}, {"name": "b", "pool": None}]


@pytest.mark.parametrize("more", [{}, {"name": "Full", "labels": {"a": "b"}, "output": [1], "timeout": "1h"}])
def test_a_template(as_ann, more):
    as_ann.post("/api/v1/templates", document("other", **more), "application/json")
    rest = as_ann.get("/api/v1/templates/other").json()
    query = f'{{ jobTemplate(id: "other") {selection(SCHEMA.type_map["JobTemplate"])} }}'
    found = plain(ask(as_ann, query)["jobTemplate"])
    assert found["document"] == document("other", **more)
    steps = [dict.fromkeys(STEP_KEYS) | step for step in rest["steps"]]
    expected = {"name": "other", **DEFAULTS, **rest, "steps": steps}
    assert {key: value for key, value in found.items() if key not in MORE} == {
        key: value for key, value in expected.items() if key != "templateId"
    }
    assert as_ann.get("/api/v1/templates/other")["etag"] == found["etag"]


@pytest.fixture
def pod(ann: User) -> Pod:
    """Of a pool of which every field has a value, as has each of its own."""
    fields = {
        "labels": {"a": "b"},
        "env": {"APP_A": "b"},
        "node_selector": {"c": "d"},
        "namespace": "jobs",
        "idle_seconds": 5,
    }
    pool = pools.create(ann, fields={"name": "gpu", "tolerations": [{"operator": "Exists"}], **fields})
    measured(pool)
    now = timezone.now()
    PodPool.objects.update(problem="no quota", retry_at=now, deleted_at=now, scale_to=3, service_account="executor")
    times = {"ready_at": now, "idle_since": now, "ended_at": now}
    made = pod_of(pool, reason="OOMKilled", namespace="jobs", node="n1", busy=1, restarts=2, **times)
    running(ann, made.name)
    pod_of(pool, "job-executor-b")
    return made


@pytest.mark.parametrize("name", ["job-executor-a", "job-executor-b"])
def test_a_pod(as_ann, pod, name):
    query = f'{{ pod(name: "{name}") {selection(SCHEMA.type_map["Pod"])} }}'
    assert plain(ask(as_ann, query)["pod"]) == as_ann.get(f"/api/v1/pods/{name}").json()


def test_a_pool(as_ann, pod):
    query = f'{{ podPool(name: "gpu") {selection(SCHEMA.type_map["PodPool"])} }}'
    found = plain(ask(as_ann, query)["podPool"])
    rest = as_ann.get("/api/v1/pod-pools/gpu")
    assert found == rest.json() | {"etag": rest["etag"]}
    listed = f"{{ podPools {{ nodes {selection(SCHEMA.type_map['PodPool'])} }} }}"
    assert plain(ask(as_ann, listed)["podPools"]["nodes"]) == [found]


def test_times_are_written_in_utc_to_the_microsecond(as_ann):
    found = ask(as_ann, '{ jobTemplate(id: "sample") { createdAt publishedAt } }')["jobTemplate"]
    for moment in found.values():
        assert len(moment) == len("2026-11-22T01:02:03.000000Z")
        assert moment.endswith("Z")
