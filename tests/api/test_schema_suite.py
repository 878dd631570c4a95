"""Groups of the JSON-Schema-Test-Suite by REST: as the input schema of a template, and what is started with it."""

import json
from typing import Any

import pytest
from django.test import Client

from apps.core.models import User
from apps.workflows.models import Workflow
from tests.support.people import document, publish
from tests.support.problems import pointers
from tests.support.schema_suite import FOLLOWED, REFUSED, REMOTE, Group

JSON = "application/json"
FILES = (
    "dependentRequired",
    "dependentSchemas",
    "if-then-else",
    "patternProperties",
    "propertyNames",
    "ref",
    "required",
)
FILES += ("unevaluatedProperties",)


def with_objects(group: Group) -> bool:
    """Both an input and its schema are objects."""
    return isinstance(group.schema, dict) and any(isinstance(value, dict) for _, value, _ in group.values)


STARTED = [group for group in FOLLOWED if group.name.split(":")[0] in FILES and with_objects(group)]


def validate(client: Client, schema: Any) -> Any:
    answer = client.post("/api/v1/templates/validate", document(inputSchema=schema), JSON)
    assert answer.status_code == 200
    return answer.json()


def test_the_schemas_of_the_suite_are_valid_in_a_template(as_ann):
    # No body may hold NUL, the constant of one schema.
    schemas = [
        group.schema
        for group in FOLLOWED
        if isinstance(group.schema, dict) and "\\u0000" not in json.dumps(group.schema)
    ]
    assert [schema for schema in schemas if not validate(as_ann, schema)["valid"]] == []


@pytest.mark.parametrize("group", REFUSED, ids=lambda group: group.name)
def test_a_schema_that_needs_another_document_is_refused(as_ann, group):
    [error] = validate(as_ann, group.schema)["errors"]
    assert error["pointer"] == "/inputSchema" + REMOTE[group.name]


@pytest.mark.parametrize("group", STARTED, ids=lambda group: group.name)
def test_an_input_is_taken_or_refused_as_the_suite_says(ann: User, as_ann: Client, group: Group):
    publish(ann, "suite", inputSchema=group.schema)
    started = 0
    for name, value, valid in group.values:
        if not isinstance(value, dict):
            continue
        answer = as_ann.post("/workflows", {"templateId": "suite", "input": value}, JSON)
        assert (answer.status_code == 201) is valid, name
        if not valid:
            assert all(pointer.startswith("/input") for pointer in pointers(answer))
        started += valid
    assert Workflow.objects.count() == started
