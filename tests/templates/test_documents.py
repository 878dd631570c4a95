"""One test for each rule of a job template document."""

from typing import Any

import pytest

from apps.templates.documents.validation import MAX_PROBLEMS, validate
from tests.support.documents import TYPES, document, errors, step


def test_the_five_keys_are_a_whole_template():
    assert validate(document(), TYPES) == []


def test_every_optional_key_is_taken():
    retry = {"maxAttempts": 2, "initialDelay": "0s", "factor": 1.5, "maxDelay": "1h", "jitter": 0, "on": ["http_503"]}
    steps = [
        step("a", retry=retry, timeout="1d", priority=-2.5, when="input.x > 1", dependsOn=[]),
        step("b", dependsOn=["a"]),
        step("c", dependsOn=[{"step": "a", "on": "failure"}, {"step": "b"}]),
    ]
    keys = {"name": "Sample", "description": "", "labels": {"team": "pay"}, "failFast": True, "output": None}
    assert errors(document(*steps, **keys, timeout="250ms", priority=10)) == {}


@pytest.mark.parametrize("value", [None, [], "text", 1, True])
def test_a_document_is_an_object(value):
    assert errors(value) == {"": "must be of type object"}


@pytest.mark.parametrize("key", ["templateId", "version", "steps", "inputSchema", "outputSchema"])
def test_none_of_the_five_keys_may_be_absent(key):
    broken = document()
    del broken[key]
    assert errors(broken) == {"": f"must have the key '{key}'"}


@pytest.mark.parametrize("key", ["name", "type", "config"])
def test_no_key_of_a_step_may_be_absent(key):
    broken = step("a")
    del broken[key]
    assert errors(document(broken)) == {"/steps/0": f"must have the key '{key}'"}


def test_unknown_keys_are_refused_wherever_they_stand():
    steps = [step("a", colour=1, retry={"speed": 1}), step("b", dependsOn=[{"step": "a", "if": "x"}])]
    assert set(errors(document(*steps, status="published"))) == {
        "/status",
        "/steps/0/colour",
        "/steps/0/retry/speed",
        "/steps/1/dependsOn/0/if",
    }


@pytest.mark.parametrize("name", ["", "-a", "a b", "ä", "a/b", "a" * 101, "a\n"])
def test_a_template_id_keeps_to_its_pattern(name):
    assert set(errors(document(templateId=name))) == {"/templateId"}


@pytest.mark.parametrize("name", ["", "1a", "a-b", "a.b", "ä", "a" * 101, "a\n"])
def test_a_step_name_keeps_to_its_pattern(name):
    assert set(errors(document(step(name)))) == {"/steps/0/name"}


@pytest.mark.parametrize("version", ["1", "1.0", "v1.0.0", "1.0.0\n", "latest"])
def test_a_version_is_semantic(version):
    assert set(errors(document(version=version))) == {"/version"}


def test_a_step_name_is_unique():
    assert errors(document(step("a"), step("b"), step("a"))) == {
        "/steps/2/name": "the step at /steps/0 is named 'a', too"
    }


def test_there_is_at_least_one_step():
    assert set(errors(document() | {"steps": []})) == {"/steps"}


def test_there_are_at_most_ten_thousand_steps():
    assert set(errors(document(*[step("a")] * 10_001))) == {"/steps"}


def test_a_key_has_at_most_a_thousand_characters_wherever_it_stands():
    taken, refused = {"x" * 1000: 1}, {"x" * 1001: 1}
    assert errors(document(step("a", config=taken), output=taken, inputSchema={"properties": {"x" * 1000: {}}})) == {}
    assert set(errors(document(step("a", config={"y": [refused]})))) == {"/steps/0/config/y/0"}


@pytest.mark.parametrize("labels", [{"a": 1}, {"a": None}, {"a": ["b"]}])
def test_labels_are_strings(labels):
    assert set(errors(document(labels=labels))) == {"/labels/a"}


@pytest.mark.parametrize("value", ["high", True, None, 10**7])
def test_a_priority_is_a_number_of_sane_size(value):
    assert set(errors(document(step("a", priority=value), priority=value))) == {"/priority", "/steps/0/priority"}


@pytest.mark.parametrize("text", ["", "5", "5 m", "-1s", "1.5s", "1w", "0s", "366d"])
def test_a_timeout_is_a_duration_above_zero_and_within_a_year(text):
    assert set(errors(document(step("a", timeout=text), timeout=text))) == {"/timeout", "/steps/0/timeout"}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("maxAttempts", 0),
        ("maxAttempts", 1.5),
        ("initialDelay", "soon"),
        ("maxDelay", "soon"),
        ("factor", 0.5),
        ("jitter", 1.1),
        ("on", "timeout"),
    ],
)
def test_a_retry_policy_keeps_to_its_bounds(key, value):
    assert set(errors(document(step("a", retry={key: value})))) == {f"/steps/0/retry/{key}"}


@pytest.mark.parametrize("code", ["http_600", "http_5x", "HTTP_500", "lost", "validation", ""])
def test_only_known_failures_are_tried_again(code):
    assert set(errors(document(step("a", retry={"on": [code]})))) == {"/steps/0/retry/on/0"}


@pytest.mark.parametrize("key", ["forEach", "maxParallel", "join", "compensate"])
def test_keys_of_steps_that_come_later_say_so(key):
    assert errors(document(step("a", **{key: 1}))) == {f"/steps/0/{key}": f"{key} is not available yet"}


@pytest.mark.parametrize("pool", ["default", "gpu", "a", "a-1", "x" * 42])
def test_a_step_may_name_its_pool(pool):
    assert errors(document(step("a", pool=pool))) == {}


@pytest.mark.parametrize("pool", ["", "-a", "a-", "A", "a_b", "a b", "a|b", "a,b", "a\n", "é", "x" * 43])
def test_a_pool_has_a_name_that_pods_can_be_labelled_with(pool):
    assert set(errors(document(step("a", pool=pool)))) == {"/steps/0/pool"}


@pytest.mark.parametrize("key", ["onFailure", "concurrency"])
def test_keys_of_templates_that_come_later_say_so(key):
    assert errors(document(**{key: []})) == {f"/{key}": f"{key} is not available yet"}


def test_a_reserved_type_says_that_it_comes_later():
    assert errors(document(step("a", type="approval"))) == {
        "/steps/0/type": "the step type 'approval' is not available yet"
    }


def test_an_unknown_type_is_told_with_those_that_are_known():
    message = "there is no step type 'teleport', only any, cel, count, noop, open, picky"
    assert errors(document(step("a", type="teleport"))) == {"/steps/0/type": message}


def test_a_config_keeps_to_the_schema_of_its_type():
    assert set(errors(document(step("a", type="noop", config={"x/y": 1})))) == {"/steps/0/config/x~1y"}


def test_a_placeholder_stands_for_a_value_of_any_type():
    assert errors(document(step("a", type="count", config={"times": "${input.times}"}))) == {}


def test_text_without_a_placeholder_does_not():
    assert set(errors(document(step("a", type="count", config={"times": "twice"})))) == {"/steps/0/config/times"}


def test_a_type_may_check_more_than_its_schema_says():
    assert errors(document(step("a", type="picky"))) == {"/steps/0/config/mood": "it is not in the mood"}


@pytest.mark.parametrize("key", ["inputSchema", "outputSchema"])
def test_a_schema_is_one(key):
    broken = {"properties": {"a": {"type": "numbr"}}}
    assert set(errors(document(**{key: broken}))) == {f"/{key}/properties/a/type"}


def test_a_schema_refers_to_nothing_outside():
    assert set(errors(document(inputSchema={"$ref": "https://example.com/s.json"}))) == {"/inputSchema/$ref"}


def test_what_json_cannot_hold_is_refused():
    assert set(errors(document(output={"x": float("inf")}))) == {"/output/x"}


def test_errors_of_all_kinds_are_told_at_once():
    steps: list[Any] = [
        {"name": "a", "config": {"x": "${nothing}"}, "timeout": 5, "retry": {"maxDelay": "soon"}},
        7,
        step("c", dependsOn=["x"], type="noop", config={"y": 1}),
        step("c", when="1 +"),
    ]
    assert set(errors(document(*steps, version="1", timeout="soon", extra=1))) == {
        "/extra",
        "/version",
        "/timeout",
        "/steps/0",
        "/steps/0/timeout",
        "/steps/0/retry/maxDelay",
        "/steps/1",
        "/steps/2/config/y",
        "/steps/2/dependsOn/0",
        "/steps/3/name",
        "/steps/3/when",
    }


def test_there_is_an_end_to_the_errors_that_are_told():
    assert len(validate(document(*[step("a", type="teleport")] * 200), TYPES)) == MAX_PROBLEMS
    assert len(validate(document() | {"steps": [7] * 200}, TYPES)) == MAX_PROBLEMS
