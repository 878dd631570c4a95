"""Whoever has no permission gets nothing from any field of any type, whatever the schema will hold."""

from collections.abc import Iterator

import pytest
from django.utils import timezone

from apps.core.models import User
from apps.pods.models import Pod, PodPool
from apps.pods.services import pools
from apps.templates.models import TemplateVersion
from apps.workflows.models import Job, Workflow
from apps.workflows.services.requests import StartRequest
from apps.workflows.services.start import start
from tests.graphql.asking import ask, code, post
from tests.graphql.everything import SCHEMA, query, type_names
from tests.support.people import client_of, publish
from tests.support.pod_work import measured, pod_of, running, written

ERROR = {"code": "error", "message": "no", "jobId": "s1", "attempt": 1, "details": [{"message": "no"}]}
# How each field is asked for what is Ann's. A new field of Query or Mutation wants its line here.
READS = {
    "jobTemplate": '(id: "sample")',
    "jobTemplates": "(first: 2)",
    "templateDiff": '(id: "sample", from: "1.0.0", to: "1.1.0")',
    "workflow": '(id: "{workflow}")',
    "workflows": "(first: 2)",
    "podPool": '(name: "gpu")',
    "podPools": "(first: 2)",
    "pod": '(name: "job-executor-a")',
    "pods": "(first: 2)",
    "podLogs": '(name: "job-executor-a")',
}
ACTS = {
    "createTemplate": '(document: {{templateId: "sample", version: "2.0.0", inputSchema: {{}}, outputSchema: {{}},'
    ' steps: [{{name: "a", type: "noop", config: {{}}}}]}})',
    "updateTemplate": '(id: "sample", document: {{inputSchema: {{}}, outputSchema: {{}},'
    ' steps: [{{name: "a", type: "noop", config: {{}}}}]}})',
    "replaceTemplateDraft": '(id: "sample", version: "1.0.0", document: {{}})',
    "deleteTemplateDraft": '(id: "sample", version: "1.0.0")',
    "publishTemplate": '(id: "sample", version: "1.0.0")',
    "deprecateTemplate": '(id: "sample", version: "1.0.0")',
    "deleteTemplate": '(id: "sample")',
    "startWorkflow": '(templateId: "sample", input: {{}})',
    "cancelWorkflow": '(id: "{workflow}")',
    "createPodPool": '(name: "gpu", slots: 0)',
    "updatePodPool": '(name: "gpu", slots: 1)',
    "deletePodPool": '(name: "gpu")',
    "scalePodPool": '(name: "gpu", count: 1)',
    "cordonPodPool": '(name: "gpu", cordoned: true)',
    "drainPod": '(name: "job-executor-a")',
}
NOTHING = (None, [], {"nodes": []})
STORED = (Workflow, TemplateVersion, PodPool, Pod)


@pytest.fixture
def workflow(ann: User) -> Iterator[Workflow]:
    """One of Ann's, of which every field has a value; a version that differs from the one before; a pod that has a log."""
    publish(ann, version="1.1.0", steps=1)
    made = start(ann, StartRequest(template_id="sample", input={"amount": 1}, labels={"a": "b"})).workflow
    now = timezone.now()
    Workflow.objects.update(state="FAILED", error=ERROR, output={}, started_at=now, finished_at=now)
    job = Job(workflow=made, index=0, job_id="s1", name="s1", type="noop", status="FAILED", error=ERROR, created_at=now)
    job.save()
    pool = pools.create(ann, fields={"name": "gpu"})
    measured(pool)
    pod = pod_of(pool)
    running(ann, pod.name)
    with written(pod, "sample\n"):
        yield made


def test_every_field_of_query_and_mutation_is_tried_here():
    assert READS.keys() == SCHEMA.query_type.fields.keys()
    assert ACTS.keys() == SCHEMA.mutation_type.fields.keys()


def asked(name: str, workflow: Workflow) -> str:
    root, arguments = (SCHEMA.query_type, READS) if name in READS else (SCHEMA.mutation_type, ACTS)
    return query(root, name, arguments[name].format(workflow=workflow.pk))


def test_who_may_see_them_gets_objects_of_every_type(as_ann, workflow):
    found = {name for read in READS for name in type_names(ask(as_ann, asked(read, workflow)))}
    composite = {name for name, of_type in SCHEMA.type_map.items() if hasattr(of_type, "fields")}
    payloads = {"Mutation", "StartedWorkflow", "StoredTemplate"}
    inputs = {"JobTemplateFilter", "LabelFilter", "WorkflowFilter", "PodFilter"}
    assert composite - payloads - inputs - {name for name in composite if name.startswith("__")} - {"Query"} == found


@pytest.mark.parametrize("name", READS)
def test_without_a_permission_nothing_is_read(as_bob, workflow, name):
    found = ask(as_bob, asked(name, workflow))[name]
    if isinstance(found, dict):
        assert found.pop("pageInfo") == {"__typename": "PageInfo", "hasNextPage": False, "endCursor": None}
        del found["__typename"]
    assert found in NOTHING


@pytest.mark.parametrize("name", ACTS)
def test_without_a_permission_nothing_is_done(as_bob, workflow, name):
    before = [list(model.objects.values()) for model in STORED]
    found = post(as_bob, asked(name, workflow)).json()
    assert found["data"] == {name: None}
    # Nobody needs to see anything to be told that they may not make pools or templates.
    makes = name in ("createPodPool", "createTemplate")
    codes = ["FORBIDDEN"] if makes else ["NOT_FOUND", "BAD_USER_INPUT"]
    assert [error["extensions"]["code"] in codes for error in found["errors"]] == [True]
    assert [list(model.objects.values()) for model in STORED] == before


def test_a_withdrawn_permission_ends_at_once(as_ann, ann, workflow):
    ann.workflowuserpermission_set.all().delete()
    ann.jobtemplateuserpermission_set.all().delete()
    ann.podpooluserpermission_set.all().delete()
    for name in READS:
        told = str(ask(as_ann, asked(name, workflow)))
        assert "sample" not in told
        assert "gpu" not in told


def test_a_user_who_is_not_active_any_more_may_do_nothing(as_ann, ann, workflow):
    User.objects.filter(pk=ann.pk).update(is_active=False)
    assert post(as_ann, asked("workflows", workflow)).status_code == 401


def test_a_superuser_sees_everything(workflow):
    root = client_of(User.objects.create_superuser("root"))
    assert ask(root, asked("workflow", workflow))["workflow"]["id"] == str(workflow.pk)
    assert code(root, asked("cancelWorkflow", workflow)) == "CONFLICT"
