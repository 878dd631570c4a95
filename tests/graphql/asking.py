"""Asking ``/graphql`` in tests."""

from typing import Any

from django.test import Client

from tests.support.statements import counted

PATH = "/graphql"
JSON = "application/json"
RESPONSE_JSON = "application/graphql-response+json"


def post(client: Client, query: str, accept: str = JSON, **variables: Any) -> Any:
    return client.post(PATH, {"query": query, "variables": variables}, JSON, headers={"accept": accept})


def ask(client: Client, query: str, **variables: Any) -> dict[str, Any]:
    """The data of an answer without errors."""
    body = post(client, query, **variables).json()
    assert "errors" not in body, body["errors"]
    data: dict[str, Any] = body["data"]
    return data


def refused(client: Client, query: str, **variables: Any) -> dict[str, Any]:
    """The one error of an answer that has one."""
    (error,) = post(client, query, **variables).json()["errors"]
    assert error.keys() <= {"message", "locations", "path", "extensions"}
    found: dict[str, Any] = error
    return found


def code(client: Client, query: str, **variables: Any) -> str:
    return str(refused(client, query, **variables)["extensions"]["code"])


def pointers(client: Client, query: str, **variables: Any) -> list[str]:
    """The places that the one error points at, sorted."""
    extensions = refused(client, query, **variables)["extensions"]
    assert extensions["code"] == "BAD_USER_INPUT"
    return sorted(problem["pointer"] for problem in extensions["problems"])


def statements(client: Client, query: str, **variables: Any) -> int:
    """How many statements the answer takes."""
    with counted() as count:
        ask(client, query, **variables)
    return count.number
