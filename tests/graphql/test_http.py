"""GraphQL over HTTP: who is let in, methods, media types, statuses, what is no request at all."""

import json

import pytest
from django.test import Client

from apps.core.graphql.limits import MAX_QUERY_CHARACTERS
from apps.core.models import ApiToken, User
from tests.graphql.asking import JSON, PATH, RESPONSE_JSON, post
from tests.support.problems import pointers, problem

QUERY = "{ jobTemplates { id } }"
ANSWER = {"data": {"jobTemplates": [{"id": "sample"}]}}
BODY = {"query": QUERY}


# -- who is let in ------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", "Basic YTpi"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_without_a_token_that_holds_the_answer_is_a_401(client, authorization, method):
    headers = {"authorization": authorization}
    answer = (
        client.get(PATH, BODY, headers=headers) if method == "get" else client.post(PATH, BODY, JSON, headers=headers)
    )
    problem(answer, 401)
    assert answer["www-authenticate"] == 'Bearer realm="base-shift"'


def test_a_token_of_an_inactive_user_is_refused(as_ann):
    User.objects.update(is_active=False)
    problem(as_ann.post(PATH, BODY, JSON), 401)


def test_a_session_may_ask(ann):
    client = Client()
    client.force_login(ann)
    assert client.post(PATH, BODY, JSON).json() == ANSWER


def test_a_session_may_not_post_without_its_csrf_token(ann):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ann)
    problem(client.post(PATH, BODY, JSON), 403)
    assert client.get(PATH, BODY).json() == ANSWER


def test_a_token_needs_no_csrf_token(ann):
    _, token = ApiToken.issue(ann)
    client = Client(enforce_csrf_checks=True, headers={"authorization": f"Bearer {token}"})
    assert client.post(PATH, BODY, JSON).json() == ANSWER


# -- methods ------------------------------------------------------------------------------------------


def test_a_query_may_be_asked_by_get(as_ann):
    query = "query Other { __typename } query One($id: ID!) { jobTemplate(id: $id) { version } }"
    variables = json.dumps({"id": "sample"})
    answer = as_ann.get(PATH, {"query": query, "variables": variables, "operationName": "One"})
    assert answer.json() == {"data": {"jobTemplate": {"version": "1.0.0"}}}


def test_empty_parameters_are_as_good_as_none(as_ann):
    assert as_ann.get(PATH, BODY | {"variables": "", "operationName": "", "extensions": ""}).json() == ANSWER


def test_a_mutation_by_get_is_a_405_and_changes_nothing(as_ann):
    answer = as_ann.get(PATH, {"query": 'mutation { deleteTemplate(id: "sample") }'})
    problem(answer, 405)
    assert post(as_ann, QUERY).json() == ANSWER


def test_a_query_beside_a_mutation_may_be_asked_by_get(as_ann):
    query = 'query Q { __typename } mutation M { deleteTemplate(id: "sample") }'
    assert as_ann.get(PATH, {"query": query, "operationName": "Q"}).json() == {"data": {"__typename": "Query"}}
    problem(as_ann.get(PATH, {"query": query, "operationName": "M"}), 405)


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "head"])
def test_other_methods_are_a_405(as_ann, method):
    answer = getattr(as_ann, method)(PATH)
    assert answer.status_code == 405
    assert answer["allow"] == "GET, POST"


# -- media types --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (JSON, JSON),
        (RESPONSE_JSON, RESPONSE_JSON),
        ("*/*", JSON),
        ("", JSON),
        ("text/html, */*;q=0.1", JSON),
        (f"{RESPONSE_JSON}, {JSON};q=0.9", RESPONSE_JSON),
        (f"{JSON}, {RESPONSE_JSON};q=0.9", JSON),
        ("application/*", JSON),
        (f"{RESPONSE_JSON}; charset=utf-8", RESPONSE_JSON),
    ],
)
def test_the_answer_has_the_type_that_is_preferred(as_ann, accept, answered):
    answer = post(as_ann, QUERY, accept)
    assert answer.json() == ANSWER
    assert answer["content-type"] == f"{answered}; charset=utf-8"
    assert "Accept" in answer["vary"]


def test_without_a_type_that_is_answered_the_request_is_a_406(as_ann):
    problem(post(as_ann, QUERY, "text/html"), 406)


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql", ""]
)
def test_a_body_of_another_type_is_a_415(as_ann, content_type):
    problem(as_ann.generic("POST", PATH, json.dumps(BODY), content_type), 415)


# -- what is no request -------------------------------------------------------------------------------

BODIES = {
    "nothing": ("", ["/query"]),
    "no JSON": ("{", [""]),
    "NaN": ('{"query": "{ __typename }", "variables": {"a": NaN}}', ["/variables/a"]),
    "NUL": ('{"query": "{ __typename }", "variables": {"a": "\\u0000"}}', ["/variables/a"]),
    "lone surrogate": ('{"query": "{ __typename }", "variables": {"a": "\\ud800"}}', ["/variables/a"]),
    "key twice": ('{"query": "{ __typename }", "query": "{ a }"}', ["/query"]),
    "bad UTF-8": (b'{"query": "\xff"}', [""]),
    "very deep": ("[" * 100_000, [""]),
    "batch": (json.dumps([BODY]), [""]),
    "null": ("null", [""]),
    "no query": ("{}", ["/query"]),
    "query of another type": (json.dumps({"query": {}}), ["/query"]),
    "query null": (json.dumps({"query": None}), ["/query"]),
    "variables of another type": (json.dumps(BODY | {"variables": []}), ["/variables"]),
    "operationName of another type": (json.dumps(BODY | {"operationName": 1}), ["/operationName"]),
    "extensions of another type": (json.dumps(BODY | {"extensions": "x"}), ["/extensions"]),
}


@pytest.mark.parametrize(("body", "where"), BODIES.values(), ids=BODIES)
def test_a_body_that_is_no_request_is_a_400_with_its_place(as_ann, body, where):
    assert pointers(as_ann.generic("POST", PATH, body, JSON)) == where


PARAMETERS = {
    "no query": ({}, ["/query"]),
    "variables that are no JSON": ({"query": QUERY, "variables": "{"}, ["/variables"]),
    "variables with NaN": ({"query": QUERY, "variables": '{"a": NaN}'}, ["/variables/a"]),
    "variables of another type": ({"query": QUERY, "variables": "[]"}, ["/variables"]),
    "extensions that are no JSON": ({"query": QUERY, "extensions": "x"}, ["/extensions"]),
}


@pytest.mark.parametrize(("parameters", "where"), PARAMETERS.values(), ids=PARAMETERS)
def test_parameters_that_are_no_request_are_a_400_with_their_place(as_ann, parameters, where):
    assert pointers(as_ann.get(PATH, parameters)) == where


def test_a_body_beyond_five_mebibytes_is_a_413(as_ann):
    problem(as_ann.post(PATH, BODY | {"variables": {"a": "x" * 5 * 1024 * 1024}}, JSON), 413)


# -- statuses -----------------------------------------------------------------------------------------

REFUSED = {
    "no GraphQL": ("{", {}, "GRAPHQL_PARSE_FAILED"),
    "empty": ("", {}, "GRAPHQL_PARSE_FAILED"),
    "only a fragment": ("fragment F on Query { __typename }", {}, "GRAPHQL_VALIDATION_FAILED"),
    "unknown field": ("{ nothing }", {}, "GRAPHQL_VALIDATION_FAILED"),
    "unknown argument": ("{ jobTemplates(last: 1) { id } }", {}, "GRAPHQL_VALIDATION_FAILED"),
    "missing argument": ("{ jobTemplate { id } }", {}, "GRAPHQL_VALIDATION_FAILED"),
    "subscription": ("subscription { a }", {}, "BAD_USER_INPUT"),
    "definition of a type": ("type A { a: Int }", {}, "GRAPHQL_VALIDATION_FAILED"),
    "fragment in itself": ("{ ...F } fragment F on Query { ...F }", {}, "LIMIT_EXCEEDED"),
    "missing variable": ("query($id: ID!) { jobTemplate(id: $id) { id } }", {}, "BAD_USER_INPUT"),
    "variable of another type": (
        "query($id: ID!) { jobTemplate(id: $id) { id } }",
        {"variables": {"id": {}}},
        "BAD_USER_INPUT",
    ),
    "unknown operation": ("query A { __typename }", {"operationName": "B"}, "BAD_USER_INPUT"),
    "several operations": ("query A { __typename } query B { __typename }", {}, "BAD_USER_INPUT"),
    "too long": ("{ __typename }" + " " * MAX_QUERY_CHARACTERS, {}, "LIMIT_EXCEEDED"),
}


@pytest.mark.parametrize(("query", "more", "code"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_carried_out_has_no_data_and_a_code(as_ann, query, more, code):
    for accept, status in ((JSON, 200), (RESPONSE_JSON, 400)):
        answer = as_ann.post(PATH, {"query": query, **more}, JSON, headers={"accept": accept})
        assert answer.status_code == status
        assert answer.json().keys() == {"errors"}
        assert {error["extensions"]["code"] for error in answer.json()["errors"]} == {code}


def test_what_was_carried_out_in_part_is_a_200_with_both(as_ann):
    query = '{ jobTemplate(id: "sample") { id versions(first: 0) { nodes { id } } } jobTemplates { id } }'
    answer = post(as_ann, query, RESPONSE_JSON)
    assert answer.status_code == 200
    assert answer.json()["data"] == {"jobTemplate": None, "jobTemplates": [{"id": "sample"}]}
    assert answer.json()["errors"][0]["path"] == ["jobTemplate", "versions"]


def test_messages_echo_no_more_than_a_part_of_long_names(as_ann):
    for query in ("{ " + "x" * 50_000 + " }", '{ jobTemplate(id: {a: "' + "x" * 50_000 + '"}) { id } }'):
        assert len(post(as_ann, query).content) < 3000
