"""``noop``, ``transform`` and ``wait``, and how configs are filled in for any type."""

from typing import Any

import pytest

from apps.core.schema import json_schema
from apps.workflows.executor.job_types import wait
from apps.workflows.executor.job_types.external_api_call import ExternalApiCall
from apps.workflows.executor.job_types.noop import Noop
from apps.workflows.executor.job_types.transform import Transform
from apps.workflows.executor.job_types.validation import Validation
from tests.job_types.attempts import attempt, failed

TRANSFORM = Transform()
DATA: dict[str, Any] = {
    "input": {"items": [{"price": 2}, {"price": 3}]},
    "steps": {"read": {"output": {"n": 1}, "status": "COMPLETED"}},
}


def test_noop_gives_an_empty_object():
    assert attempt(Noop(), {}).output == {}


def test_transform_fills_placeholders_and_keeps_types():
    config = {"output": {"items": "${input.items}", "text": "n=${steps.read.output.n}", "one": 1}}
    assert attempt(TRANSFORM, config, data=DATA).output == {"items": DATA["input"]["items"], "text": "n=1", "one": 1}


def test_transform_evaluates_an_expression_with_comprehensions():
    config = {"expression": "input.items.map(item, item.price * 2).filter(price, price > steps.read.output.n * 4)"}
    assert attempt(TRANSFORM, config, data=DATA).output == [6]


def test_placeholders_are_no_part_of_an_expression():
    assert attempt(TRANSFORM, {"expression": "'${input.items}'"}, data=DATA).output == "${input.items}"


def test_an_expression_that_fails_says_why():
    failure = failed(TRANSFORM, {"expression": "input.nothing"}, data=DATA)
    assert failure.code == "error"
    assert "nothing" in failure.message


@pytest.mark.parametrize(
    "config", [{}, {"output": 1, "expression": "1"}, {"expression": ""}, {"expression": 1}, {"x": 1}]
)
def test_transform_takes_exactly_one_of_output_and_expression(config: dict[str, Any]):
    assert json_schema.problems(TRANSFORM.spec.config_schema, config)


@pytest.mark.parametrize("config", [{"output": None}, {"output": {}}, {"expression": "1"}])
def test_transform_takes_any_output_or_an_expression(config: dict[str, Any]):
    assert json_schema.problems(TRANSFORM.spec.config_schema, config) == []


@pytest.mark.parametrize(
    "config", [{"duration": "30s"}, {"until": "2026-11-22T01:02:03Z"}, {"duration": "${input.pause}"}]
)
def test_wait_takes_a_duration_or_a_time(config: dict[str, Any]):
    assert json_schema.problems(wait.SPEC.config_schema, config) == []
    assert wait.SPEC.check is not None
    assert wait.SPEC.check(config) == []


@pytest.mark.parametrize("config", [{"duration": "30"}, {"until": "tomorrow"}, {"until": "2026-11-22T01:02:03"}])
def test_wait_refuses_what_is_neither(config: dict[str, Any]):
    assert wait.SPEC.check is not None
    assert [problem.pointer for problem in wait.SPEC.check(config)] == [f"/{key}" for key in config]


@pytest.mark.parametrize("config", [{}, {"duration": "1s", "until": "2026-11-22T01:02:03Z"}, {"duration": 1}])
def test_wait_takes_exactly_one(config: dict[str, Any]):
    assert json_schema.problems(wait.SPEC.config_schema, config)


def test_a_missing_path_fails_by_its_own_code():
    failure = failed(TRANSFORM, {"output": "${input.nothing.x}"}, data=DATA)
    assert failure.code == "missing_path"
    assert "input.nothing.x" in failure.message


def test_a_missing_secret_fails_by_its_own_code():
    failure = failed(ExternalApiCall(), {"api_endpoint": "http://127.0.0.1/", "headers": {"X": "${API_KEY}"}})
    assert failure.code == "secret_missing"
    assert "API_KEY" in failure.message


def test_a_filled_in_value_of_the_wrong_type_names_its_place():
    failure = failed(ExternalApiCall(), {"api_endpoint": "${input}"}, data={"input": {"a": 1}})
    assert failure.code == "error"
    assert failure.details == [{"path": "/api_endpoint", "message": "must be of type string"}]


@pytest.mark.parametrize(
    ("config", "pointer"),
    [
        ({"api_endpoint": "ftp://example.com/"}, "/api_endpoint"),
        ({"api_endpoint": "/relative"}, "/api_endpoint"),
        ({"api_endpoint": "http://user:pass@example.com/"}, "/api_endpoint"),
        ({"api_endpoint": "http://example.com:99999/"}, "/api_endpoint"),
        ({"api_endpoint": "http://[::1/"}, "/api_endpoint"),
        ({"timeout": "5"}, "/timeout"),
        ({"headers": {"Host": "other"}}, "/headers/Host"),
        ({"headers": {"a/b": "x"}}, "/headers/a~1b"),
        ({"headers": {"X": "a\r\nb"}}, "/headers/X"),
        ({"expect": ["2xx", "abc"]}, "/expect/1"),
        ({"expect": 99}, "/expect"),
    ],
)
def test_a_call_that_cannot_be_made_is_refused_with_the_template(config: dict[str, Any], pointer: str):
    check = ExternalApiCall.spec.check
    assert check is not None
    assert [problem.pointer for problem in check({"api_endpoint": "https://example.com/", **config})] == [pointer]


@pytest.mark.parametrize(
    "config",
    [
        {"api_endpoint": "http://x/", "method": "BREW"},
        {"api_endpoint": "http://x/", "maxBytes": 0},
        {"api_endpoint": "http://x/", "maxBytes": 10**9},
        {"api_endpoint": "http://x/", "headers": {"X": {}}},
        {"api_endpoint": "http://x/", "query": {"a": [[1]]}},
        {"api_endpoint": "http://x/", "expect": []},
        {"method": "GET"},
    ],
)
def test_the_shape_of_a_call_is_checked(config: dict[str, Any]):
    assert json_schema.problems(ExternalApiCall.spec.config_schema, config)


@pytest.mark.parametrize("config", [{}, {"rules": "check_cvv"}, {"rules": [{"path": "x"}]}, {"rules": [], "x": 1}])
def test_the_shape_of_a_validation_is_checked(config: dict[str, Any]):
    assert json_schema.problems(Validation.spec.config_schema, config)
