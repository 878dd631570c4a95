"""Our own declarations are checked by a smaller validator: what it says is what the large one says."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.schema import json_schema
from apps.core.schema.compiled import CompiledSchema

TEXT = {"type": "string", "minLength": 1, "maxLength": 3}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Everything that can be compiled",
    "required": ["a"],
    "additionalProperties": False,
    "properties": {
        "a": {},
        "text": TEXT,
        "kind": {"enum": ["x", "y"]},
        "number": {"type": "number", "minimum": -2, "maximum": 2.5},
        "whole": {"type": ["integer", "null"], "minimum": 0},
        "flag": {"type": "boolean", "default": True},
        "list": {"type": "array", "items": {"type": "object", "required": ["a"]}, "minItems": 1, "maxItems": 2},
        "map": {"type": "object", "maxProperties": 2, "propertyNames": TEXT, "additionalProperties": TEXT},
        "either": {**TEXT, "type": ["string", "object"], "properties": {"a": TEXT}, "additionalProperties": False},
    },
}
KEYS = st.sampled_from([*SCHEMA["properties"], "other", "", "a/b", "long"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.5, 2.0, 2.5, 2.6, 1e300]),
    st.text("xy", max_size=4),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=12,
)
OBJECTS = st.fixed_dictionaries({}, optional=dict.fromkeys([*SCHEMA["properties"], "other"], VALUES))

compiled = CompiledSchema(SCHEMA)


@given(st.one_of(VALUES, OBJECTS))
def test_it_finds_wrong_what_the_validator_of_all_schemas_finds_wrong(value):
    assert bool(compiled.problems(value)) == bool(json_schema.problems(SCHEMA, value))


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ([], [("", "must be of type object")]),
        ({}, [("/a", "is required")]),
        ({"a": 1, "b/c": 2}, [("/b~1c", "the key 'b/c' is not allowed")]),
        ({"a": 1, "text": "1234"}, [("/text", "must have at most 3 characters")]),
        ({"a": 1, "number": True}, [("/number", "must be of type number")]),
        ({"a": 1, "whole": 0.5}, [("/whole", "must be of type integer or null")]),
        ({"a": 1, "kind": 1}, [("/kind", 'must be one of ["x", "y"]')]),
        ({"a": 1, "list": [{"a": 1}, {}]}, [("/list/1/a", "is required")]),
        ({"a": 1, "map": {"": "x"}}, [("/map/", "the key must have at least 1 character")]),
        ({"a": 1, "either": {"a": 1}}, [("/either/a", "must be of type string")]),
        (
            {"number": 3, "text": ""},
            [("/a", "is required"), ("/number", "must be at most 2.5"), ("/text", "must have at least 1 character")],
        ),
    ],
)
def test_each_mistake_is_named_at_its_place(value, found):
    assert [(problem.pointer, problem.message) for problem in compiled.problems(value)] == found


def test_entries_of_what_has_too_many_are_not_looked_at():
    assert [p.pointer for p in compiled.problems({"a": 1, "list": [5] * 1_000_000})] == ["/list"]
    assert len(compiled.problems({str(number): 1 for number in range(1000)})) == json_schema.MAX_PROBLEMS


@pytest.mark.parametrize("schema", [{"pattern": "a"}, {"properties": {"a": {"$ref": "#"}}}, {"enum": [1]}])
def test_what_it_does_not_know_is_refused_when_it_is_compiled(schema):
    with pytest.raises(ValueError, match="compiled"):
        CompiledSchema(schema)
