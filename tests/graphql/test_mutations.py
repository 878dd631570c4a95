"""Changing things: each mutation does what its call of REST does."""

import pytest
from django.contrib.auth.models import Permission

from apps.core.models import User
from apps.templates.models import JobTemplate, TemplateVersion
from apps.workflows.models import Workflow
from tests.graphql.asking import ask, code, pointers, refused
from tests.support.people import client_of, document, publish

CREATE = """mutation($document: JSONObject!, $draft: Boolean) {
    createTemplate(document: $document, draft: $draft) { template { id version status } warnings } }"""
UPDATE = """mutation($document: JSONObject!, $type: UpdateType, $match: String) {
    updateTemplate(id: "sample", document: $document, updateType: $type, ifMatch: $match) {
        template { version status document etag } warnings } }"""
PUBLISH = 'mutation { publishTemplate(id: "sample", version: "2.0.0") { template { version status } warnings } }'
DEPRECATE = 'mutation { deprecateTemplate(id: "sample", version: "1.0.0") { template { version status } warnings } }'
DELETE = 'mutation { deleteTemplate(id: "sample") }'
REPLACE = """mutation($document: JSONObject!, $match: String) {
    replaceTemplateDraft(id: "sample", version: "2.0.0", document: $document, ifMatch: $match) {
        template { name status etag } } }"""
DROP = 'mutation { deleteTemplateDraft(id: "sample", version: "2.0.0") }'
START = """mutation($id: ID!, $input: JSON!, $version: String, $priority: Float, $labels: JSONObject, $key: String) {
    startWorkflow(templateId: $id, input: $input, version: $version, priority: $priority, labels: $labels,
        idempotencyKey: $key) { workflow { id state version priority labels input jobs { id } } created } }"""
CANCEL = "mutation($id: ID!) { cancelWorkflow(id: $id) { id state } }"


def without_version(**keys):
    return {key: value for key, value in document(**keys).items() if key != "version"}


def draft(client, **keys):
    ask(client, CREATE, document=document(version="2.0.0", **keys), draft=True)


# -- templates ----------------------------------------------------------------------------------------


def test_a_template_is_made(as_ann):
    made = ask(as_ann, CREATE, document=document("new"))["createTemplate"]
    assert made == {"template": {"id": "new", "version": "1.0.0", "status": "published"}, "warnings": []}
    assert TemplateVersion.objects.get(template_id="new").document == document("new")


def test_a_document_may_be_written_into_the_query(as_ann):
    literal = """{templateId: "new", version: "1.0.0", inputSchema: {}, outputSchema: {}, output: [1, 2.5, true, null],
        steps: [{name: "a", type: "noop", config: {}}]}"""
    ask(as_ann, f"mutation {{ createTemplate(document: {literal}) {{ warnings }} }}")
    assert TemplateVersion.objects.get(template_id="new").document["output"] == [1, 2.5, True, None]


STALE = [
    'mutation { publishTemplate(id: "sample", version: "2.0.0", ifMatch: "\\"old\\"") { warnings } }',
    'mutation { deprecateTemplate(id: "sample", version: "1.0.0", ifMatch: "\\"old\\"") { warnings } }',
    'mutation { deleteTemplateDraft(id: "sample", version: "2.0.0", ifMatch: "\\"old\\"") }',
    'mutation { deleteTemplate(id: "sample", ifMatch: "\\"old\\"") }',
]


@pytest.mark.parametrize("mutation", STALE)
def test_nothing_is_done_to_what_is_another_than_was_read(as_ann, mutation):
    draft(as_ann)
    assert code(as_ann, mutation) == "PRECONDITION_FAILED"
    assert set(TemplateVersion.objects.values_list("version", "status")) == {("1.0.0", "published"), ("2.0.0", "draft")}


def test_every_error_of_a_document_points_into_the_argument(as_ann):
    wrong = document("new", "1", colour="red")
    wrong["steps"][0]["type"] = "nothing"
    assert pointers(as_ann, CREATE, document=wrong) == [
        "/document/colour",
        "/document/steps/0/type",
        "/document/version",
    ]
    assert not JobTemplate.objects.filter(template_id="new").exists()


def test_a_version_that_exists_is_a_conflict(as_ann):
    assert code(as_ann, CREATE, document=document(name="Other")) == "CONFLICT"


def test_a_draft_is_made_replaced_and_published(as_ann):
    draft(as_ann)
    assert (
        ask(as_ann, REPLACE, document=document(version="2.0.0", name="Second"))["replaceTemplateDraft"]["template"][
            "name"
        ]
        == "Second"
    )
    assert ask(as_ann, PUBLISH)["publishTemplate"]["template"] == {"version": "2.0.0", "status": "published"}
    assert code(as_ann, REPLACE, document=document(version="2.0.0")) == "CONFLICT"


def test_a_draft_is_taken_away_and_what_is_published_is_not(as_ann):
    draft(as_ann)
    assert ask(as_ann, DROP) == {"deleteTemplateDraft": "sample"}
    assert code(as_ann, DROP) == "NOT_FOUND"
    assert code(as_ann, DROP.replace("2.0.0", "1.0.0")) == "CONFLICT"


def test_a_draft_that_somebody_has_changed_is_not_replaced(as_ann):
    draft(as_ann)
    assert code(as_ann, REPLACE, document=document(version="2.0.0"), match='"old"') == "PRECONDITION_FAILED"


@pytest.mark.parametrize(
    ("update_type", "version"), [("patch", "1.0.1"), ("minor", "1.1.0"), ("major", "2.0.0"), (None, "1.0.1")]
)
def test_a_change_is_published_as_the_next_version(as_ann, update_type, version):
    stored = ask(as_ann, UPDATE, document=without_version(name="New"), type=update_type)["updateTemplate"]["template"]
    assert (stored["version"], stored["status"], stored["document"]["name"]) == (version, "published", "New")


def test_the_type_of_an_update_may_be_left_out(as_ann):
    query = 'mutation($d: JSONObject!) { updateTemplate(id: "sample", document: $d) { template { version } } }'
    assert ask(as_ann, query, d=without_version())["updateTemplate"]["template"]["version"] == "1.0.1"


def test_a_type_of_update_that_there_is_not_is_refused(as_ann):
    assert code(as_ann, UPDATE, document=without_version(), type="huge") == "BAD_USER_INPUT"


def test_a_change_of_what_somebody_else_has_changed_is_refused(as_ann):
    tag = ask(as_ann, '{ jobTemplate(id: "sample") { etag } }')["jobTemplate"]["etag"]
    stored = ask(as_ann, UPDATE, document=without_version(name="A"), match=tag)["updateTemplate"]["template"]
    assert code(as_ann, UPDATE, document=without_version(name="B"), match=tag) == "PRECONDITION_FAILED"
    ask(as_ann, UPDATE, document=without_version(name="B"), match=stored["etag"])


def test_a_change_that_breaks_more_than_it_says_has_a_warning(as_ann):
    changed = ask(as_ann, UPDATE, document=without_version(steps=1))["updateTemplate"]
    assert any("/steps" in warning for warning in changed["warnings"])


def test_a_refused_update_points_into_the_argument(as_ann, settings):
    assert pointers(as_ann, UPDATE, document=document()) == ["/document/version"]
    settings.BREAKING_CHANGES = "refuse"
    extensions = refused(as_ann, UPDATE, document=without_version(steps=1))["extensions"]
    assert extensions["code"] == "CONFLICT"
    assert all(problem["pointer"].startswith("/document/steps") for problem in extensions["problems"])


def test_a_version_is_deprecated(as_ann):
    assert ask(as_ann, DEPRECATE)["deprecateTemplate"]["template"] == {"version": "1.0.0", "status": "deprecated"}
    assert ask(as_ann, "{ jobTemplates { id } }") == {"jobTemplates": []}


def test_a_template_is_deleted_unless_workflows_run_on_it(as_ann):
    started = ask(as_ann, START, id="sample", input={})["startWorkflow"]["workflow"]
    assert code(as_ann, DELETE) == "CONFLICT"
    Workflow.objects.filter(pk=started["id"]).update(state="COMPLETED")
    assert ask(as_ann, DELETE) == {"deleteTemplate": "sample"}
    assert ask(as_ann, '{ jobTemplate(id: "sample") { id } }') == {"jobTemplate": None}


# -- workflows ----------------------------------------------------------------------------------------


def test_a_workflow_is_started(as_ann, ann):
    publish(ann, version="1.5.0")
    given = {"version": "~1.0", "priority": 2.5, "labels": {"team": "pay"}, "input": {"amount": 3}}
    made = ask(as_ann, START, id="sample", **given)["startWorkflow"]
    workflow = made["workflow"]
    assert made["created"] is True
    assert {key: workflow[key] for key in given} == given | {"version": "1.0.0"}
    assert (workflow["state"], workflow["jobs"]) == ("INITIALIZED", [{"id": "s1"}, {"id": "s2"}])
    assert Workflow.objects.get().created_by == ann


def test_the_same_key_again_gives_the_first_workflow(as_ann):
    first, second = (ask(as_ann, START, id="sample", input={}, key="k1")["startWorkflow"] for _ in range(2))
    assert second == first | {"created": False}
    assert code(as_ann, START, id="sample", input={"amount": 1}, key="k1") == "CONFLICT"


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"id": "nothing"}, ["/templateId"]),
        ({"id": ""}, ["/templateId"]),
        ({"version": "9.0.0"}, ["/version"]),
        ({"version": "one"}, ["/version"]),
        ({"input": {"amount": "x"}}, ["/input/amount"]),
        ({"input": []}, ["/input"]),
        ({"priority": 1e300}, ["/priority"]),
        ({"labels": {"a/b": 1}}, ["/labels/a~1b"]),
        ({"version": "", "labels": {"": "x"}}, ["/labels/", "/version"]),
    ],
)
def test_a_start_that_cannot_be_used_is_refused_with_its_place(as_ann, given, where):
    assert pointers(as_ann, START, **{"id": "sample", "input": {}, **given}) == where
    assert not Workflow.objects.exists()


@pytest.mark.parametrize(
    "given", [{"input": None}, {"labels": []}, {"priority": "high"}, {"key": "x" * 201}, {"key": ""}]
)
def test_a_start_of_the_wrong_types_is_refused(as_ann, given):
    assert code(as_ann, START, **{"id": "sample", "input": {}, **given}) == "BAD_USER_INPUT"
    assert not Workflow.objects.exists()


def test_a_workflow_is_cancelled(as_ann):
    started = ask(as_ann, START, id="sample", input={})["startWorkflow"]["workflow"]
    # No scheduler leads here: the command is stored, and the state is what it was.
    assert ask(as_ann, CANCEL, id=started["id"])["cancelWorkflow"] == {"id": started["id"], "state": "INITIALIZED"}
    workflow = Workflow.objects.get()
    assert [command.kind for command in workflow.commands.all()] == ["cancel"]
    Workflow.objects.update(state="COMPLETED")
    assert code(as_ann, CANCEL, id=started["id"]) == "CONFLICT"


@pytest.mark.parametrize("workflow_id", ["x", "", "00000000-0000-0000-0000-000000000000"])
def test_what_is_not_there_cannot_be_cancelled(as_ann, workflow_id):
    assert code(as_ann, CANCEL, id=workflow_id) == "NOT_FOUND"


def test_mutations_of_one_request_are_carried_out_in_order_and_each_for_itself(as_ann):
    query = """mutation {
        a: deprecateTemplate(id: "sample", version: "1.0.0") { template { status } }
        b: publishTemplate(id: "sample", version: "1.0.0") { template { status } }
        c: deleteTemplate(id: "sample")
    }"""
    answer = as_ann.post("/graphql", {"query": query}, "application/json").json()
    assert answer["data"] == {"a": {"template": {"status": "deprecated"}}, "b": None, "c": "sample"}
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [(["b"], "CONFLICT")]


# -- who may ------------------------------------------------------------------------------------------

ACTS = {
    "update": (UPDATE, {"document": without_version()}),
    "publish": (PUBLISH, {}),
    "deprecate": (DEPRECATE, {}),
    "delete": (DELETE, {}),
    "replace a draft": (REPLACE, {"document": document(version="2.0.0")}),
    "delete a draft": (DROP, {}),
    "a further version": (CREATE, {"document": document(version="3.0.0")}),
}


@pytest.mark.parametrize(("query", "variables"), ACTS.values(), ids=ACTS)
def test_who_may_not_see_a_template_does_not_find_it(as_ann, as_bob, query, variables):
    draft(as_ann)
    # As one that is not there: who may create none is refused either way.
    assert code(as_bob, query, **variables) == ("FORBIDDEN" if query == CREATE else "NOT_FOUND")


@pytest.mark.parametrize(("query", "variables"), ACTS.values(), ids=ACTS)
def test_who_may_see_a_template_but_not_change_it_is_forbidden(as_ann, query, variables):
    draft(as_ann)
    viewer = User.objects.create_user("viewer")
    viewer.user_permissions.add(Permission.objects.get(codename="view_jobtemplate"))
    assert code(client_of(viewer), query, **variables) == "FORBIDDEN"


def test_who_may_not_make_templates_is_forbidden(as_bob):
    assert code(as_bob, CREATE, document=document("new")) == "FORBIDDEN"


def test_who_may_not_see_a_workflow_or_its_template_does_not_find_it(as_ann, as_bob):
    assert pointers(as_bob, START, id="sample", input={}) == ["/templateId"]
    started = ask(as_ann, START, id="sample", input={})["startWorkflow"]["workflow"]
    assert code(as_bob, CANCEL, id=started["id"]) == "NOT_FOUND"


def test_who_may_see_them_but_not_act_is_forbidden(as_ann):
    started = ask(as_ann, START, id="sample", input={})["startWorkflow"]["workflow"]
    viewer = User.objects.create_user("viewer")
    viewer.user_permissions.set(Permission.objects.filter(codename__in=("view_jobtemplate", "view_workflow")))
    assert code(client_of(viewer), START, id="sample", input={}) == "FORBIDDEN"
    assert code(client_of(viewer), CANCEL, id=started["id"]) == "FORBIDDEN"
