from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.expressions import placeholders
from apps.core.expressions.placeholders import (
    MissingPath,
    PlaceholderError,
    Reference,
    SecretMissing,
    references,
    resolve,
)

DATA = {
    "input": {"x": 1, "list": [{"a": "b"}], "text": "hi", "null": None, "0": "zero", "some-key": True},
    "steps": {"read": {"output": {"n": [1, 2]}, "response": {"status": 200}}},
    "workflow": {"id": "w-1"},
}


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        ("${input.x}", 1),
        ("${input.list.0.a}", "b"),
        ("${input.0}", "zero"),
        ("${input.null}", None),
        ("${input.some-key}", True),
        ("${steps.read.output.n}", [1, 2]),
        ("${steps.read.response.status}", 200),
        ("${input}", DATA["input"]),
        ("id ${workflow.id}!", "id w-1!"),
        ("${input.x}${input.text}", "1hi"),
        ("n=${steps.read.output.n} ${input.null} ${input.some-key}", "n=[1,2] null true"),
        ("$${input.x}", "${input.x}"),
        ("a $${ b", "a ${ b"),
        ("$$${input.x}", "$${input.x}"),
        ("$5 and {braces} $", "$5 and {braces} $"),
        (" ${input.x}", " 1"),
        ({"${input.x}": ["${input.x}", 2.5, None]}, {"${input.x}": [1, 2.5, None]}),
    ],
)
def test_placeholders_are_filled_in(value: Any, filled: Any):
    assert resolve(value, DATA, None) == filled


def test_a_secret_is_asked_for_by_its_name():
    assert resolve("Bearer ${API_KEY}", DATA, lambda name: name.lower()) == "Bearer api_key"


def test_what_was_filled_in_is_not_read_again():
    assert resolve("${input.a} ${input.b}", {"input": {"a": "${API_KEY}", "b": "$${"}}, None) == "${API_KEY} $${"


@pytest.mark.parametrize(
    "path", ["input.y", "input.list.1", "input.list.a", "input.list.-1", "input.x.y", "steps.none"]
)
def test_a_missing_path_is_named(path: str):
    with pytest.raises(MissingPath) as caught:
        resolve(["${" + path + "}"], DATA, None)
    assert caught.value.path == path


def test_where_no_secrets_are_to_be_had_one_is_missing():
    with pytest.raises(SecretMissing) as caught:
        resolve("${API_KEY}", DATA, None)
    assert caught.value.name == "API_KEY"


@pytest.mark.parametrize(
    "text",
    [
        "${",
        "${}",
        "${ input.x }",
        "${input..x}",
        "${input.}",
        "${input.x",
        "${input[0]}",
        "${Api}",
        "${x}",
        "${1}",
        "${{a}}",
    ],
)
def test_a_malformed_placeholder_is_refused_with_its_place(text: str):
    with pytest.raises(PlaceholderError) as caught:
        references({"headers": [{"a/b": f"x {text}"}]})
    assert caught.value.pointer == "/headers/0/a~1b"
    with pytest.raises(PlaceholderError):
        resolve(text, DATA, None)


def test_references_are_listed_in_order_with_their_places():
    assert references({"a": "${input.x} ${API_KEY}", "b": ["$${no}", 1, "${item}"]}) == [
        Reference((None, "a"), "${input.x}", ("input", "x"), is_secret=False),
        Reference((None, "a"), "${API_KEY}", ("API_KEY",), is_secret=True),
        Reference(((None, "b"), 2), "${item}", ("item",), is_secret=False),
    ]


def test_a_large_value_cannot_be_repeated_without_end():
    large = "x" * 1_000_000
    with pytest.raises(PlaceholderError, match="characters"):
        resolve([f"${{input}} {number}" for number in range(20)], {"input": large}, None)


@pytest.mark.parametrize("large", ["x" * 1_000_000, [1] * 1_000_000, {"a": {"b" * 1_000_000: None}}])
def test_a_large_value_cannot_be_taken_over_without_end(large: Any):
    resolve(["${input}"] * 8, {"input": large}, None)
    with pytest.raises(PlaceholderError, match="characters"):
        resolve(["${input}"] * 30, {"input": large}, None)


@given(st.text())
def test_any_text_is_read_or_refused_and_text_without_placeholders_stays(text: str):
    try:
        found = references(text)
    except PlaceholderError:
        return
    if not found:
        assert resolve(text, {}, None) == text.replace("$${", "${")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda part: st.lists(part) | st.dictionaries(st.text(), part),
    )
)
def test_any_value_keeps_its_type_where_it_stands_alone(value: Any):
    assert resolve("${input.value}", {"input": {"value": value}}, None) == value


def test_a_pointer_is_escaped():
    assert placeholders.pointer_token("a/b~c") == "/a~1b~0c"
