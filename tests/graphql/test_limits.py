"""Limits are asked before anything is carried out, and what is just within them is answered."""

import time

import pytest
from graphql import get_introspection_query

from apps.core.graphql import bounded_execution
from apps.core.graphql.limits import MAX_COMPLEXITY, MAX_DIRECTIVES, MAX_FRAGMENTS, MAX_OPERATIONS, MAX_TOKENS
from apps.templates.services import bulk_read as template_read
from apps.workflows.services import bulk_read as workflow_read
from apps.workflows.services.requests import StartRequest
from apps.workflows.services.start import start
from tests.graphql.asking import ask, code, post, refused
from tests.support.people import publish
from tests.support.statements import counted


def over(client, query, **variables):
    """The limit that the query is over, told without a statement of the database but the token's."""
    extensions = refused(client, query, **variables)["extensions"]
    assert extensions["code"] == "LIMIT_EXCEEDED"
    return extensions["limit"]


def versions(levels: int) -> str:
    """``levels`` fields deep: the history of a history …"""
    pairs = (levels - 2) // 2
    inner = "id" if levels % 2 == 0 else "steps { name }"
    return '{ jobTemplate(id: "sample") {' + "versions(first: 1) { nodes {" * pairs + inner + "}" * 2 * pairs + "} }"


def test_depth(as_ann):
    ask(as_ann, versions(MAX_COMPLEXITY.depth))
    assert over(as_ann, versions(MAX_COMPLEXITY.depth + 1)) == "depth"


def test_depth_through_fragments(as_ann):
    chain = "".join(
        f"fragment F{n} on JobTemplate {{ versions(first: 1) {{ nodes {{ ...F{n + 1} }} }} }} " for n in range(6)
    )
    query = '{ jobTemplate(id: "sample") { ...F0 } } ' + chain + "fragment F6 on JobTemplate { id }"
    assert over(as_ann, query) == "depth"


def test_nesting_of_inline_fragments_which_has_no_depth(as_ann):
    def nested(levels: int) -> str:
        return "{ " + "... { " * levels + "__typename" + " }" * levels + " }"

    ask(as_ann, nested(30))
    assert over(as_ann, nested(100)) == "depth"


def test_nesting_that_no_parser_follows(as_ann):
    query = "{ a" * 3000 + "}" * 3000
    assert refused(as_ann, query)["extensions"]["code"] in ("GRAPHQL_PARSE_FAILED", "LIMIT_EXCEEDED")
    lists = "{ jobTemplate(id: " + "[" * 4000 + "]" * 4000 + ") { id } }"
    assert refused(as_ann, lists)["extensions"]["code"] in ("GRAPHQL_PARSE_FAILED", "LIMIT_EXCEEDED")


def test_fields(as_ann):
    ask(as_ann, "{ " + "__typename " * MAX_COMPLEXITY.fields + "}")
    assert over(as_ann, "{ " + "__typename " * (MAX_COMPLEXITY.fields + 1) + "}") == "fields"


def test_fields_through_fragments_that_double(as_ann):
    doubling = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(30))
    query = "{ ...F0 } " + doubling + " fragment F30 on Query { __typename }"
    started = time.process_time()
    assert over(as_ann, query) == "fields"
    assert time.process_time() - started < 10


def test_fields_of_all_operations_together(as_ann):
    one = "{ " + "__typename " * (MAX_COMPLEXITY.fields // 2 + 1) + "}"
    assert over(as_ann, f"query A {one} query B {one}") == "fields"


def test_aliases(as_ann):
    def aliased(number: int) -> str:
        return "{ " + " ".join(f"a{n}: __typename" for n in range(number)) + " }"

    ask(as_ann, aliased(MAX_COMPLEXITY.aliases))
    assert over(as_ann, aliased(MAX_COMPLEXITY.aliases + 1)) == "aliases"


def test_aliases_through_fragments(as_ann):
    spread = " ".join(f"...F{n}" for n in range(4))
    parts = " ".join(
        f"fragment F{n} on Query {{ {' '.join(f'a{n}_{m}: __typename' for m in range(10))} }}" for n in range(4)
    )
    assert over(as_ann, f"{{ {spread} }} {parts}") == "aliases"


def test_cost_of_pages_within_pages(as_ann):
    query = "query($n: Int!) { jobTemplates(first: 200) { versions(first: $n) { nodes { version } } } }"
    ask(as_ann, query, n=10)
    assert over(as_ann, query, n=200) == "cost"


def test_cost_by_the_default_of_a_variable_that_is_not_given(as_ann):
    query = "query($n: Int! = 200) { jobTemplates(first: 200) { versions(first: $n) { nodes { version } } } }"
    assert over(as_ann, query) == "cost"


def test_cost_through_fragments(as_ann):
    query = """{ jobTemplates(first: 200) { ...Versions } }
        fragment Versions on JobTemplate { versions(first: 200) { nodes { version } } }"""
    assert over(as_ann, query) == "cost"


def test_cost_of_a_list_without_a_size(as_ann):
    assert over(as_ann, "{ jobTemplates { versions(first: 200) { nodes { version } } } }") == "cost"


def test_cost_of_mutations(as_ann):
    def deletions(number: int) -> str:
        return "mutation { " + " ".join(f'm{n}: deleteTemplate(id: "none")' for n in range(number)) + " }"

    assert len(post(as_ann, deletions(10)).json()["errors"]) == 10
    assert over(as_ann, deletions(11)) == "cost"


def test_operations(as_ann):
    def operations(number: int) -> str:
        return " ".join(f"query Q{n} {{ __typename }}" for n in range(number))

    assert post(as_ann, operations(MAX_OPERATIONS)).json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert over(as_ann, operations(MAX_OPERATIONS + 1)) == "operations"


def test_fragments(as_ann):
    def fragments(number: int) -> str:
        spread = " ".join(f"...F{n}" for n in range(number))
        return f"{{ {spread} }} " + " ".join(f"fragment F{n} on Query {{ __typename }}" for n in range(number))

    ask(as_ann, fragments(MAX_FRAGMENTS))
    assert over(as_ann, fragments(MAX_FRAGMENTS + 1)) == "fragments"


def test_fragments_in_a_circle(as_ann):
    query = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"
    assert over(as_ann, query) == "depth"


def test_directives(as_ann):
    def directives(number: int) -> str:
        return "{ " + "__typename @include(if: true) " * number + "}"

    ask(as_ann, directives(MAX_DIRECTIVES))
    assert over(as_ann, directives(MAX_DIRECTIVES + 1)) == "directives"
    assert over(as_ann, "{ __typename " + "@skip(if: false) " * (MAX_DIRECTIVES + 1) + "}") == "directives"


def test_tokens(as_ann):
    assert over(as_ann, "{ a(b: [" + "1 " * MAX_TOKENS + "]) }") == "tokens"


def test_comments(as_ann):
    assert over(as_ann, "#\n" * (MAX_TOKENS + 1) + "{ __typename }") == "comments"


def test_many_pairs_of_equal_fields_are_compared_in_good_time(as_ann):
    query = "{ " + 'jobTemplate(id: "x") { id name } ' * (MAX_COMPLEXITY.fields // 3) + "}"
    started = time.process_time()
    ask(as_ann, query)
    assert time.process_time() - started < 20


def test_items_of_the_answer_itself(as_ann, ann, monkeypatch):
    publish(ann, "long", steps=100)
    monkeypatch.setattr(bounded_execution, "MAX_ITEMS", 102)
    ask(as_ann, '{ jobTemplate(id: "long") { steps { name } } }')
    assert code(as_ann, "{ jobTemplates { steps { name } } }") == "TOO_LARGE"


def test_texts_of_documents(as_ann, ann, monkeypatch):
    publish(ann, "long", steps=100)
    monkeypatch.setattr(template_read, "MAX_TEXT_LENGTH", 2000)
    assert code(as_ann, "{ jobTemplates { inputSchema } }") == "TOO_LARGE"
    ask(as_ann, "{ jobTemplates { id name } }")


def test_templates_at_once(as_ann, ann, monkeypatch):
    for name in ("a", "b"):
        publish(ann, name)
    monkeypatch.setattr(template_read, "MAX_ROWS", 2)
    for query in ("{ jobTemplates { id } }", '{ jobTemplates(filter: {version: "*"}) { id } }'):
        assert code(as_ann, query) == "TOO_LARGE"
    ask(as_ann, "{ jobTemplates(first: 2) { id } }")


def test_jobs_at_once(as_ann, ann, monkeypatch):
    monkeypatch.setattr(workflow_read, "MAX_JOBS", 3)
    for _ in range(2):
        start(ann, StartRequest(template_id="sample", input={}))
    assert code(as_ann, "{ workflows { nodes { jobs { id } } } }") == "TOO_LARGE"
    ask(as_ann, "{ workflows(first: 1) { nodes { jobs { id } } } }")


def test_inputs_and_outputs_at_once(as_ann, ann, monkeypatch):
    monkeypatch.setattr(workflow_read, "MAX_CONTENTS_LENGTH", 150)
    for _ in range(2):
        start(ann, StartRequest(template_id="sample", input={"x": "x" * 100}))
    ask(as_ann, "{ workflows { nodes { id } } }")
    with counted() as count:
        errors = post(as_ann, "{ workflows { nodes { input } } }").json()["errors"]
    assert [error["extensions"]["code"] for error in errors] == ["TOO_LARGE"] * 2
    # The token, how far the user sees (two), the workflows, and how large they are: that is asked once, not for each.
    assert count.number == 5
    ask(as_ann, "{ workflows(first: 1) { nodes { input output } } }")


def test_what_is_over_a_limit_costs_no_statement_but_the_tokens(as_ann, django_assert_num_queries):
    post(as_ann, "{ __typename }")
    with django_assert_num_queries(1):
        over(as_ann, "{ jobTemplates { versions(first: 200) { nodes { version } } } }")


def test_the_schema_may_be_asked_for_in_one_request(as_ann):
    found = ask(as_ann, get_introspection_query())["__schema"]
    assert "JobTemplate" in {described["name"] for described in found["types"]}


def test_a_schema_within_the_schema_is_refused(as_ann):
    query = "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }"
    assert refused(as_ann, query)["message"] == "Maximum introspection depth exceeded"


@pytest.mark.parametrize("query", ["{ __schema { types { name } } }", '{ __type(name: "Job") { name } }'])
def test_where_introspection_is_off_only_staff_may_ask_for_the_schema(as_ann, ann, settings, query):
    settings.GRAPHQL_INTROSPECTION = False
    codes = {error["extensions"]["code"] for error in post(as_ann, query).json()["errors"]}
    assert codes == {"GRAPHQL_VALIDATION_FAILED"}
    assert ask(as_ann, "{ __typename }") == {"__typename": "Query"}
    ann.is_staff = True
    ann.save()
    ask(as_ann, query)


def test_where_introspection_is_off_no_field_is_suggested(as_ann, settings):
    settings.GRAPHQL_INTROSPECTION = False
    assert "jobTemplate" not in refused(as_ann, "{ jobTemplat { id } }")["message"]
