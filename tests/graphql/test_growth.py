"""The number of statements does not grow with lists, nor with lists in lists; documents are read only when asked for."""

import pytest
from django.utils import timezone

from apps.pods.services import pools
from apps.workflows.models import Job
from apps.workflows.services.requests import StartRequest
from apps.workflows.services.start import start
from tests.graphql.asking import ask, statements
from tests.graphql.everything import SCHEMA, selection
from tests.support.people import publish
from tests.support.pod_work import measured, pod_of, running
from tests.support.statements import counted

# The token and its user; the heads; the versions; …
TEMPLATES = {
    "{ jobTemplates { id name version status createdAt publishedAt etag } }": 3,
    "{ jobTemplates { steps { name type config } inputSchema outputSchema labels document } }": 4,
    "{ jobTemplates { versions { nodes { version status } pageInfo { endCursor } } } }": 5,
    "{ jobTemplates { versions(first: 2) { nodes { version name steps { name } } } } }": 6,
    "{ jobTemplates { versions(first: 1) { nodes { versions(first: 1) { nodes { id } } } } } }": 7,
    '{ jobTemplates(filter: {version: "^1"}) { id version } }': 4,
    '{ jobTemplates(filter: {version: "^1", name: "sample"}) { id version steps { name } } }': 5,
}
# The token and its user; the groups, and whether much has been granted; the workflows; …
WORKFLOWS = {
    "{ workflows { nodes { id state currentJob progress error { code } } } }": 4,
    "{ workflows { nodes { jobs { id status error { code } } } } }": 6,
    "{ workflows { nodes { input output } } }": 6,
    "{ workflows { nodes { id jobs { id } input output } } }": 8,
}
# The token and its user; the pods, or the names of the pools, and the pools; …
PODS = {
    "{ pods { nodes { name pool state busy } } }": 2,
    "{ pods { nodes { name jobs { workflowId jobId attempt } } } }": 3,
    "{ podPools { nodes { name image env scaleTo problem } } }": 3,
    "{ podPools { nodes { name podCounts { ready draining } } } }": 4,
    "{ podPools { nodes { name advice { fits resources { reason } } } } }": 3,
}


@pytest.mark.parametrize(("query", "number"), TEMPLATES.items())
def test_a_longer_list_of_templates_takes_no_more_statements(as_ann, ann, query, number):
    statements(as_ann, query)
    assert statements(as_ann, query) == number
    for name in ("a", "b", "c", "sample"):
        for minor in range(1, 4):
            publish(ann, name, f"1.{minor}.0")
    assert statements(as_ann, query) == number


@pytest.mark.parametrize(("query", "number"), WORKFLOWS.items())
def test_a_longer_list_of_workflows_takes_no_more_statements(as_ann, ann, query, number):
    def begin() -> None:
        """One that has its rows of jobs, and one that has not."""
        made = [start(ann, StartRequest(template_id="sample", input={})).workflow for _ in range(2)]
        for index in range(3):
            Job.objects.create(workflow=made[0], index=index, job_id=f"s{index}", created_at=timezone.now())

    begin()
    statements(as_ann, query)
    assert statements(as_ann, query) == number
    for _ in range(4):
        begin()
    assert statements(as_ann, query) == number


@pytest.mark.parametrize(("query", "number"), PODS.items())
def test_a_longer_list_of_pods_takes_no_more_statements(as_ann, ann, query, number):
    def bring(name: str) -> None:
        """A pool with two pods, each of which runs something."""
        pool = pools.create(ann, fields={"name": name})
        measured(pool)
        for suffix in "ab":
            running(ann, pod_of(pool, f"{name}-{suffix}").name)

    bring("one")
    statements(as_ann, query)
    assert statements(as_ann, query) == number
    for name in ("two", "three", "four"):
        bring(name)
    assert statements(as_ann, query) == number


def test_no_field_that_leads_to_a_list_costs_a_statement_an_item(as_ann, ann):
    query = f"{{ jobTemplates(first: 2) {selection(SCHEMA.type_map['JobTemplate'])} }}"
    statements(as_ann, query)
    before = statements(as_ann, query)
    publish(ann, "another")
    assert statements(as_ann, query) == before


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ("{ jobTemplates { id name version status etag createdAt } }", False),
        ("{ jobTemplates { versions { nodes { id version status } } } }", False),
        ("{ jobTemplates { steps { name } } }", True),
        ("{ jobTemplates { inputSchema } }", True),
    ],
)
def test_documents_are_read_only_when_they_are_asked_for(as_ann, query, read):
    with counted() as count:
        ask(as_ann, query)
    assert any(reads_documents(text) for text in count.texts) is read


def reads_documents(statement: str) -> bool:
    """SQL names the column; MongoDB gives all fields unless some are named."""
    return '."text"' in statement or (".aggregate(" in statement and "'$project'" not in statement)
