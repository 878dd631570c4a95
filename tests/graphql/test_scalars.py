"""JSON and times in a query's own text are read as strictly as in its variables."""

import pytest

from apps.workflows.models import Workflow
from tests.graphql.asking import ask, code
from tests.support.people import publish


@pytest.fixture(autouse=True)
def any_input(ann):
    publish(ann, "any")


def start(input, labels="null", variables=""):
    call = f'startWorkflow(templateId: "any", input: {input}, labels: {labels})'
    return f"mutation {variables} {{ {call} {{ workflow {{ input }} }} }}"


def input_of(answer):
    return answer["startWorkflow"]["workflow"]["input"]


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ('{a: 1, b: [1.5, true, null, "x"], c: {d: word}}', {"a": 1, "b": [1.5, True, None, "x"], "c": {"d": "word"}}),
        ("{}", {}),
        ('{a: """block"""}', {"a": "block"}),
        ("{a: -0.0}", {"a": -0.0}),
    ],
)
def test_a_literal_is_the_json_that_it_looks_like(as_ann, literal, value):
    assert input_of(ask(as_ann, start(literal))) == value


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ({"a": 1.5, "b": [1]}, {"x": 1.5, "y": [[1], 2]}),
        ({"a": None, "b": None}, {"x": None, "y": [None, 2]}),
        ({}, {"y": [None, 2]}),
    ],
)
def test_a_variable_may_stand_in_a_literal(as_ann, given, value):
    query = start("{x: $a, y: [$b, 2]}", variables="($a: Float, $b: JSON)")
    assert input_of(ask(as_ann, query, **given)) == value


@pytest.mark.parametrize(
    "literal",
    [
        "{a: 1e999}",
        "{a: -1e999}",
        "{a: " + "9" * 400 + "}",
        "{a: " + "9" * 5000 + "}",
        '{a: "\\u0000"}',
        "{a: " + "[" * 100 + "]" * 100 + "}",
        "{a: 1, a: 2}",
        "null",
    ],
)
def test_what_strict_json_does_not_hold_is_refused(as_ann, literal):
    assert code(as_ann, start(literal)) in ("BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED")
    assert not Workflow.objects.exists()


@pytest.mark.parametrize("labels", ["[]", '"a"', "1", "true", "[{a: 1}]"])
def test_an_object_is_an_object(as_ann, labels):
    assert code(as_ann, start("{}", labels)) == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize(
    "moment",
    ["5", "true", '"yesterday"', '"2026-11-22"', '"2026-11-22T01:02:03"', "[1]", '"0001-01-01T00:00:00+23:59"'],
)
def test_a_time_has_an_offset(as_ann, moment):
    query = f"{{ workflows(filter: {{createdAfter: {moment}}}) {{ nodes {{ id }} }} }}"
    assert code(as_ann, query) == "GRAPHQL_VALIDATION_FAILED"
