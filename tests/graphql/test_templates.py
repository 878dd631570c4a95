"""Reading templates (contract §5)."""

import pytest
from graphql import build_schema

from apps.core.access.policy import SYSTEM
from apps.templates.services.create import create_version
from apps.templates.services.imports import import_version
from apps.templates.services.lifecycle import delete, deprecate
from baseshift.graphql import schema
from tests.graphql.asking import ask, pointers
from tests.support.people import document, publish

CONTRACT = """
scalar JSONObject
type JobTemplate {
  id: ID!  name: String!  version: String!  steps: [JobStep!]!  inputSchema: JSONObject!  outputSchema: JSONObject!
}
type JobStep { name: String!  type: String!  config: JSONObject! }
input JobTemplateFilter { name: String  version: String  type: String }
type Query {
  jobTemplate(id: ID!, version: String): JobTemplate
  jobTemplates(filter: JobTemplateFilter): [JobTemplate!]!
}
"""
ALL = "{ jobTemplates { id version } }"
ONE = "query($id: ID!, $version: String) { jobTemplate(id: $id, version: $version) { id version } }"
FILTERED = "query($filter: JobTemplateFilter) { jobTemplates(filter: $filter) { id name version } }"


@pytest.mark.parametrize("of_type", ["JobTemplate", "JobStep", "JobTemplateFilter", "Query"])
def test_every_field_of_the_contract_is_there_with_its_type_and_arguments(of_type):
    fixed, ours = build_schema(CONTRACT).type_map[of_type].fields, schema.graphql_schema.type_map[of_type].fields
    for name, field in fixed.items():
        assert str(ours[name].type) == str(field.type)
        for argument, described in getattr(field, "args", {}).items():
            assert str(ours[name].args[argument].type) == str(described.type)
        more = getattr(ours[name], "args", {}).keys() - getattr(field, "args", {}).keys()
        assert not [argument for argument in more if str(ours[name].args[argument].type).endswith("!")]


def test_a_template_is_read_with_its_steps_and_schemas(as_ann, ann):
    query = """{ jobTemplate(id: "sample") { id name version steps { name type config } inputSchema outputSchema } }"""
    assert ask(as_ann, query)["jobTemplate"] == {
        "id": "sample",
        "name": "sample",
        "version": "1.0.0",
        "steps": [{"name": name, "type": "noop", "config": {}} for name in ("s1", "s2")],
        "inputSchema": {"type": "object", "properties": {"amount": {"type": "number"}}},
        "outputSchema": {},
    }


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [(None, "2.0.0"), ("latest", "2.0.0"), ("^1.0", "1.9.0"), ("1.0.0", "1.0.0"), ("3.0.0", None), ("newest", None)],
)
def test_a_version_a_range_or_nothing_says_which_version_is_meant(as_ann, ann, wanted, meant):
    for version in ("1.9.0", "2.0.0"):
        publish(ann, version=version)
    found = ask(as_ann, ONE, id="sample", version=wanted)["jobTemplate"]
    assert (found and found["version"]) == meant


@pytest.mark.parametrize("template_id", ["other", "", "a b", "x" * 1000, "50%"])
def test_what_is_not_there_is_null(as_ann, template_id):
    assert ask(as_ann, ONE, id=template_id) == {"jobTemplate": None}


def test_what_one_may_not_see_is_null_and_not_listed(as_ann, as_bob):
    assert ask(as_bob, ONE, id="sample") == {"jobTemplate": None}
    assert ask(as_bob, ALL) == {"jobTemplates": []}


def test_a_deleted_template_is_null_and_not_listed(as_ann):
    delete(SYSTEM, template_id="sample")
    assert ask(as_ann, ONE, id="sample") == {"jobTemplate": None}
    assert ask(as_ann, ALL) == {"jobTemplates": []}


def test_a_list_has_one_entry_a_template_its_newest_published_version(as_ann, ann):
    publish(ann, version="1.10.0")
    publish(ann, version="1.9.0")
    create_version(ann, document=document(version="2.0.0"), draft=True)
    create_version(ann, document=document("only-a-draft"), draft=True)
    publish(ann, "another")
    assert ask(as_ann, ALL)["jobTemplates"] == [
        {"id": "another", "version": "1.0.0"},
        {"id": "sample", "version": "1.10.0"},
    ]


def publish_steps(owner, template_id, version, steps, **keys):
    import_version(SYSTEM, document={**document(template_id, version, **keys), "steps": steps}, owner=owner)


def filtered(client, **narrowed):
    return [(entry["id"], entry["version"]) for entry in ask(client, FILTERED, filter=narrowed)["jobTemplates"]]


@pytest.fixture
def shop(ann):
    """Of ``pay`` an older version has another name and another type of step."""
    wait = [{"name": "s", "type": "wait", "config": {"duration": "1s"}}]
    publish_steps(ann, "pay", "1.0.0", wait, name="Pay")
    publish(ann, "pay", "1.5.0", name="Payment")
    publish(ann, "pay", "2.0.0", name="Payment")
    publish_steps(ann, "ship", "1.2.0", wait, name="Payment")


@pytest.mark.parametrize(
    ("narrowed", "found"),
    [
        ({"name": "Payment"}, [("pay", "2.0.0"), ("ship", "1.2.0")]),
        ({"name": "payment"}, []),
        ({"name": "Pay"}, []),
        ({"type": "wait"}, [("ship", "1.2.0")]),
        ({"type": "noop"}, [("pay", "2.0.0"), ("sample", "1.0.0")]),
        ({"name": "Payment", "type": "wait"}, [("ship", "1.2.0")]),
        ({"version": "^1.0"}, [("pay", "1.5.0"), ("sample", "1.0.0"), ("ship", "1.2.0")]),
        ({"version": "1.0.0"}, [("pay", "1.0.0"), ("sample", "1.0.0")]),
        ({"version": "1.0.0", "name": "Pay"}, [("pay", "1.0.0")]),
        ({"version": "1.0.0", "type": "wait"}, [("pay", "1.0.0")]),
        ({"version": "1.0.0", "name": "sample"}, [("sample", "1.0.0")]),
        ({"version": "9.0.0"}, []),
        ({"name": None, "version": None, "type": None}, [("pay", "2.0.0"), ("sample", "1.0.0"), ("ship", "1.2.0")]),
        ({}, [("pay", "2.0.0"), ("sample", "1.0.0"), ("ship", "1.2.0")]),
    ],
)
def test_a_list_is_narrowed_by_what_the_entry_itself_says(as_ann, shop, narrowed, found):
    assert filtered(as_ann, **narrowed) == found


def test_a_deprecated_version_is_no_entry(as_ann, ann):
    publish(ann, version="1.1.0")
    deprecate(SYSTEM, template_id="sample", version="1.1.0")
    assert filtered(as_ann) == filtered(as_ann, version="^1") == [("sample", "1.0.0")]
    assert filtered(as_ann, version="1.1.0") == []


def test_a_range_that_is_none_is_told_with_its_place(as_ann):
    assert pointers(as_ann, FILTERED, filter={"version": "newest"}) == ["/filter/version"]


@pytest.mark.parametrize("narrowed", [{}, {"version": "*"}])
def test_a_long_list_is_read_in_parts(as_ann, ann, narrowed):
    for name in ("a", "b", "c"):
        publish(ann, name)
    part = "query($f: JobTemplateFilter, $after: ID) { jobTemplates(filter: $f, first: 2, after: $after) { id } }"
    first = ask(as_ann, part, f=narrowed)["jobTemplates"]
    second = ask(as_ann, part, f=narrowed, after=first[-1]["id"])["jobTemplates"]
    assert [entry["id"] for entry in first + second] == ["a", "b", "c", "sample"]


@pytest.mark.parametrize("first", [0, -1, 201])
def test_what_is_no_size_of_a_list_is_told_with_its_place(as_ann, first):
    assert pointers(as_ann, "query($n: Int) { jobTemplates(first: $n) { id } }", n=first) == ["/first"]


def test_all_that_a_document_may_hold_can_be_read(as_ann, ann):
    steps = [
        {"name": "a", "type": "noop", "config": {}, "priority": 2, "timeout": "1m", "retry": {"maxAttempts": 2}},
        {"name": "b", "type": "noop", "config": {}, "dependsOn": ["a"], "when": "true"},
    ]
    more = {"description": "All.", "labels": {"team": "pay"}, "output": [1], "failFast": True, "timeout": "2h"}
    publish_steps(ann, "full", "1.0.0", steps, name="Full", priority=3.5, **more)
    query = """{ jobTemplate(id: "full") {
        name description labels output failFast timeout priority status
        steps { name type config dependsOn when retry timeout priority }
    } }"""
    absent = dict.fromkeys(("dependsOn", "when", "retry", "timeout", "priority"))
    assert ask(as_ann, query)["jobTemplate"] == {
        "name": "Full",
        **more,
        "priority": 3.5,
        "status": "published",
        "steps": [absent | step for step in steps],
    }


def test_a_template_leads_to_all_its_versions_the_one_made_last_first(as_ann, ann):
    publish(ann, version="3.0.0", name="Third")
    create_version(ann, document=document(version="2.0.0"), draft=True)
    query = """{ jobTemplate(id: "sample") { versions { nodes { version status name } pageInfo { hasNextPage } } } }"""
    assert ask(as_ann, query)["jobTemplate"]["versions"] == {
        "nodes": [
            {"version": "2.0.0", "status": "draft", "name": "sample"},
            {"version": "3.0.0", "status": "published", "name": "Third"},
            {"version": "1.0.0", "status": "published", "name": "sample"},
        ],
        "pageInfo": {"hasNextPage": False},
    }


def test_versions_come_in_pages(as_ann, ann):
    for minor in range(1, 5):
        publish(ann, version=f"1.{minor}.0")
    query = """query($after: String) { jobTemplate(id: "sample") {
        versions(first: 2, after: $after) { nodes { version } pageInfo { endCursor hasNextPage } } } }"""
    found, cursor = [], None
    for _ in range(3):
        page = ask(as_ann, query, after=cursor)["jobTemplate"]["versions"]
        found += [node["version"] for node in page["nodes"]]
        cursor = page["pageInfo"]["endCursor"]
    assert (found, cursor) == (["1.4.0", "1.3.0", "1.2.0", "1.1.0", "1.0.0"], None)


@pytest.mark.parametrize("after", ["x", "", "bm8", "WzFd"])
def test_a_cursor_of_another_list_is_told_with_its_place(as_ann, after):
    query = 'query($after: String) { jobTemplate(id: "sample") { versions(after: $after) { nodes { id } } } }'
    assert pointers(as_ann, query, after=after) == ["/after"]
