"""References inside a schema, however they are written, and none that leads out of it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.core.schema.json_schema import check_schema, problems

WORDS = "# a b#/items http://[ urn:x #x #/$defs/a // http://e/a %% #% ? #/allOf/0 /a/b file:///x a:b [ #/enum #/$defs"
URIS = st.sampled_from(["", "#/enum/0/x", "#/title/0", "http://\u2100/x", *WORDS.split()])
LEAVES = st.one_of(
    st.booleans(),
    st.builds(lambda key, uri: {key: uri}, st.sampled_from(["$ref", "$dynamicRef", "$id"]), URIS),
    st.sampled_from([{"$anchor": "x"}, {"$dynamicAnchor": "x"}, {"type": "string"}]),
)


def around(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keys = {"allOf": st.lists(inner, min_size=1, max_size=2), "items": inner, "enum": st.just([{"x": 1}])}
    maps = {"properties": st.fixed_dictionaries({"p": inner}), "$defs": st.fixed_dictionaries({"a": inner})}
    return st.fixed_dictionaries({}, optional={**keys, **maps, "$id": URIS, "$ref": URIS, "title": st.just("ab")})


@settings(derandomize=True, max_examples=500, deadline=None)
@given(st.recursive(LEAVES, around, max_leaves=8))
def test_a_schema_with_any_references_is_refused_or_can_be_asked(schema):
    if not check_schema(schema):
        for value in (None, {}, {"p": [1]}, [{"p": 1}]):
            problems(schema, value)


@pytest.mark.parametrize("reference", ["tree", "https://example.com/tree", "tree#/properties/child", "tree#node", "#"])
def test_a_part_is_found_by_its_identifier(reference):
    schema = {
        "$id": "https://example.com/forest",
        "type": ["object", "array"],
        "items": {"$ref": reference},
        "$defs": {
            "tree": {
                "$id": "tree",
                "$anchor": "node",
                "type": "object",
                "properties": {"child": {"$ref": "#", "type": "object"}},
            }
        },
    }
    assert check_schema(schema) == []
    assert problems(schema, [{"child": {}}]) == []
    assert [problem.pointer for problem in problems(schema, [7])] == ["/0"]


def test_many_references_are_followed_in_little_time():
    """Each is found at once, not by reading the schema through again."""
    parts = {f"p{number}": {"$anchor": f"a{number}", "type": "integer"} for number in range(1_000)}
    schema = {"$defs": parts, "properties": {f"k{number}": {"$ref": f"#a{number}"} for number in range(1_000)}}
    assert check_schema(schema) == []
    value = [{f"k{number}": number for number in range(1_000)}] * 10
    assert problems({"items": schema, "$defs": parts}, value) == []


def test_wherever_the_stack_ends_an_endless_reference_is_too_much_work():
    def below(frames: int) -> list[str]:
        if frames:
            return below(frames - 1)
        return [problem.message for problem in problems({"not": {"$ref": "#"}}, {})]

    # At every depth at which a request may stand, and some more.
    assert {tuple(below(frames)) for frames in range(300)} == {("takes too much work to check",)}


def test_a_value_nested_as_deep_as_a_body_may_be_is_followed_down():
    tree = {"properties": {"child": {"$ref": "#"}}, "required": ["name"]}
    value: dict[str, Any] = {}
    for _ in range(60):
        value = {"name": "x", "child": value}
    assert [problem.pointer for problem in problems(tree, value)] == ["/child" * 60]
