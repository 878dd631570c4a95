"""What went wrong while a field was resolved, by a schema of our own, so that nothing but the edge is at work."""

import logging
import threading
from typing import Any

import graphene
import pytest
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.urls import path

from apps.core import errors
from apps.core.graphql.view import GraphQLView
from apps.core.schema.json_schema import Problem
from tests.graphql.asking import JSON, RESPONSE_JSON, post

PROBLEMS = [Problem("/a", "is wrong"), Problem("/b", "is bad", 3, 4)]
RAISED: dict[str, tuple[Exception, str]] = {
    "invalid": (errors.Invalid(PROBLEMS), "BAD_USER_INPUT"),
    "forbidden": (errors.Forbidden(), "FORBIDDEN"),
    "denied": (PermissionDenied("secret"), "FORBIDDEN"),
    "hidden": (errors.Hidden(), "NOT_FOUND"),
    "conflict": (errors.Conflict("It runs."), "CONFLICT"),
    "stale": (errors.Stale(), "PRECONDITION_FAILED"),
    "tooLarge": (errors.TooLarge("It is large."), "TOO_LARGE"),
    "unavailable": (errors.Unavailable("It is away."), "UNAVAILABLE"),
    "databaseAway": (OperationalError("secret"), "UNAVAILABLE"),
    "connectionEnded": (InterfaceError("secret"), "UNAVAILABLE"),
    "fault": (ZeroDivisionError("secret"), "INTERNAL"),
}


class Query(graphene.ObjectType):
    fine = graphene.Int()
    broken = graphene.Int(name=graphene.String(required=True))
    required = graphene.Int(required=True, name=graphene.String(required=True))

    @staticmethod
    def resolve_fine(_root: None, _info: Any) -> int:
        return 1

    @staticmethod
    def resolve_broken(_root: None, _info: Any, name: str) -> None:
        raise RAISED[name][0]

    resolve_required = resolve_broken


schema = graphene.Schema(query=Query)
urlpatterns = [path("graphql", GraphQLView.as_view(graphql_schema=schema.graphql_schema))]
pytestmark = pytest.mark.urls(__name__)
BROKEN = "query($name: String!) { fine broken(name: $name) }"
REQUIRED = "query($name: String!) { fine required(name: $name) }"


@pytest.mark.parametrize("name", RAISED)
def test_an_error_has_a_code_and_leaves_the_other_fields_as_they_are(as_ann, caplog, name):
    answer = post(as_ann, BROKEN, RESPONSE_JSON, name=name)
    assert (answer.status_code, answer.json()["data"]) == (200, {"fine": 1, "broken": None})
    (error,) = answer.json()["errors"]
    assert error["path"] == ["broken"]
    assert error["locations"] == [{"line": 1, "column": 30}]
    assert error["extensions"]["code"] == RAISED[name][1]


@pytest.mark.parametrize("name", ["denied", "databaseAway", "connectionEnded", "fault"])
def test_what_nobody_foresaw_is_not_told(as_ann, caplog, name):
    assert b"secret" not in post(as_ann, BROKEN, name=name).content


@pytest.mark.parametrize("name", ["databaseAway", "connectionEnded", "fault"])
def test_what_nobody_foresaw_is_logged_with_its_cause(as_ann, caplog, name):
    with caplog.at_level(logging.ERROR):
        post(as_ann, BROKEN, name=name)
    assert "secret" in caplog.text


def test_what_a_service_refuses_is_not_logged(as_ann, caplog):
    post(as_ann, BROKEN, name="conflict")
    assert [record for record in caplog.records if record.threadName == threading.current_thread().name] == []


def test_a_refusal_keeps_its_words_and_its_problems(as_ann):
    (error,) = post(as_ann, BROKEN, name="invalid").json()["errors"]
    assert error["message"] == "is wrong (at /a), and 1 more"
    assert error["extensions"]["problems"] == [
        {"pointer": "/a", "message": "is wrong"},
        {"pointer": "/b", "message": "is bad", "line": 3, "column": 4},
    ]


@pytest.mark.parametrize(("name", "status"), [("databaseAway", 503), ("unavailable", 503), ("fault", 500)])
def test_an_answer_that_came_to_nothing_because_of_the_server_says_so_in_its_status(as_ann, caplog, name, status):
    answer = post(as_ann, REQUIRED, RESPONSE_JSON, name=name)
    assert (answer.status_code, answer.json()["data"]) == (status, None)
    assert answer.has_header("Retry-After") == (status == 503)
    assert post(as_ann, REQUIRED, JSON, name=name).status_code == 200


def test_an_answer_that_came_to_nothing_because_of_the_caller_is_a_200(as_ann):
    assert post(as_ann, REQUIRED, RESPONSE_JSON, name="forbidden").status_code == 200
