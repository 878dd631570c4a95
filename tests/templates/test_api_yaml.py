"""Documents in YAML by REST."""

import json
from typing import Any

import pytest
from django.test import Client

from apps.templates.models import JobTemplate
from tests.support.documents import noop_document

pytestmark = pytest.mark.django_db

TEMPLATES = "/api/v1/templates"
GOOD = """\
# By hand.
templateId: hand_written
version: 1.0.0
steps:
  - name: a
    type: noop
    config: {}
inputSchema: {}
outputSchema: {}
"""
BROKEN = GOOD.replace("1.0.0", "one").replace("config: {}", "config:\n      colour: red\n    when: 5 +")


def post(client: Client, text: str | bytes, path: str = "", content_type: str = "application/yaml") -> Any:
    return client.post(TEMPLATES + path, text, content_type=content_type)


def places(response: Any) -> dict[str, tuple[int, int]]:
    return {error["pointer"]: (error["line"], error["column"]) for error in response.json()["errors"]}


@pytest.mark.parametrize("content_type", ["application/yaml", "text/yaml; charset=utf-8", "application/x-yaml"])
def test_a_document_in_yaml_is_stored(author_client, content_type):
    response = post(author_client, GOOD, content_type=content_type)
    assert response.status_code == 201
    assert response.json()["templateId"] == "hand_written"


def test_each_error_of_a_document_has_its_line_and_column(author_client):
    expected = {"/version": (3, 10), "/steps/0/config/colour": (8, 7), "/steps/0/when": (9, 11)}
    response = post(author_client, BROKEN, "/validate")
    assert (response.status_code, response.json()["valid"]) == (200, False)
    assert places(response) == expected
    response = post(author_client, BROKEN)
    assert response.status_code == 400
    assert places(response) == expected
    assert not JobTemplate.objects.exists()


def test_a_valid_document_has_no_errors(author_client):
    assert post(author_client, GOOD, "/validate").json() == {"valid": True, "errors": []}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: [1,\n  2", (2, 4)),
        ("a: &x 1\nb: *x", (2, 4)),
        (b"a: 1\nb: \xff", (2, 4)),
        ("a: 1\nb: \a", (2, 4)),
        ("a:\n  - !!python/name:os.system x", (2, 5)),
        ("[\n" * 101, (101, 1)),
    ],
)
def test_what_is_no_yaml_that_json_can_say_is_a_400_with_its_place(author_client, text, place):
    response = post(author_client, text, "/validate")
    assert response.status_code == 400
    assert list(places(response).values()) == [place]


@pytest.mark.parametrize("path", ["", "/validate"])
def test_a_body_beyond_five_mebibytes_is_a_413(author_client, path):
    assert post(author_client, GOOD + "#" * 5 * 1024 * 1024, path).status_code == 413


def test_other_types_of_body_are_refused(author_client):
    assert post(author_client, GOOD, content_type="text/plain").status_code == 415


def test_errors_of_json_are_told_by_pointer_alone(author_client):
    response = post(author_client, json.dumps(noop_document(version="one")), "/validate", "application/json")
    assert [error.keys() for error in response.json()["errors"]] == [{"pointer", "message"}]
