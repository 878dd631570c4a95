import time
from typing import Any

import pytest

from apps.core.schema.json_schema import MAX_PROBLEMS, check_schema, problems

DIALECT = "https://json-schema.org/draft/2020-12/schema"


SIMPLE_TYPES = [
    (
        "/type",
        'must be one of ["array", "boolean", "integer", "null", "number", "object", "string"] or must be of type array',
    )
]


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


MANY_KEYS = {str(number): number for number in range(100_000)}


def nested_conditions(levels: int) -> Any:
    """Each level asks the one below for its errors, and for what it has evaluated."""
    schema: Any = {"required": ["b"]}
    for _ in range(levels):
        schema = {"anyOf": [schema], "properties": {"a": True}, "unevaluatedProperties": False}
    return schema


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {},
        {"$schema": DIALECT, "$id": "https://example.com/order", "type": "object"},
        {"type": "object", "properties": {"a": {"$ref": "#/$defs/a~1b"}}, "$defs": {"a/b": {"type": "string"}}},
        {"items": {"$ref": "#"}},
        {"properties": {"$ref": {"type": "string"}, "enum": True, "$id": {}}},
        {"enum": [{"$ref": "https://example.com/"}]},
        {"const": {"pattern": "["}},
        {"$ref": "#here", "$defs": {"x": {"$anchor": "here"}}},
        {"x-unknown": 1},
        {"$ref": DIALECT},
        {"$id": "https://example.com/a", "items": {"$ref": "b#/items"}, "$defs": {"x": {"$id": "b", "items": True}}},
        {"patternProperties": {"a": {}}, "not": {"unevaluatedProperties": False}},
    ],
)
def test_a_usable_schema_has_no_problems(schema: Any):
    assert check_schema(schema) == []


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ("text", ""),
        (None, ""),
        ({"type": "objct"}, "/type"),
        ({"properties": {"a": {"minimum": "1"}}}, "/properties/a/minimum"),
        ({"$ref": "https://example.com/schema"}, "/$ref"),
        ({"$ref": "file:///etc/passwd"}, "/$ref"),
        ({"allOf": [{"$ref": "#/$defs/none"}]}, "/allOf/0/$ref"),
        ({"$ref": "#/const", "const": {}}, "/$ref"),
        ({"$dynamicRef": "#none"}, "/$dynamicRef"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "/$schema"),
        ({"items": {"$schema": DIALECT}}, "/items/$schema"),
        ({"items": {"$id": "http://["}}, "/items/$id"),
        ({"$ref": "http://["}, "/$ref"),
        ({"$ref": "#/enum/0", "enum": [{}]}, "/$ref"),
        ({"$ref": "#/title/0", "title": "ab"}, "/$ref"),
        ({"$ref": "#/allOf/x", "allOf": [{}]}, "/$ref"),
        ({"$id": "https://example.com/a", "items": {"$ref": "b"}}, "/items/$ref"),
        ({"items": {"pattern": "[a"}}, "/items/pattern"),
        ({"pattern": "a" * 300}, "/pattern"),
        ({"patternProperties": {"(?=(a+)+)b": {}}}, "/patternProperties/(?=(a+)+)b"),
        ({"$ref": "#"}, ""),
        ({"$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}]}}, "$ref": "#/$defs/a"}, ""),
    ],
)
def test_an_unusable_schema_is_refused_with_the_place(schema: Any, pointer: str):
    assert [problem.pointer for problem in check_schema(schema, "/inputSchema")] == ["/inputSchema" + pointer]


@pytest.mark.parametrize("schema", [{"allOf": [{}] * 6000}, {"properties": {str(n): {} for n in range(500_000)}}])
def test_a_schema_of_too_many_parts_is_refused_at_once(schema: Any):
    started = time.process_time()
    assert check_schema(schema)
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ({"type": "number"}, "s3cret", [("", "must be of type number")]),
        ({"type": ["number", "null"]}, "s3cret", [("", "must be of type number or null")]),
        ({"required": ["a", "b"]}, {"b": 1}, [("", "must have the key 'a'")]),
        ({"properties": {"a": {"minimum": 5}}}, {"a": 1}, [("/a", "must be at least 5")]),
        (
            {"additionalProperties": False},
            {"x/y": 1, "z": 2},
            [("/x~1y", "the key 'x/y' is not allowed"), ("/z", "the key 'z' is not allowed")],
        ),
        ({"properties": {"a": False}}, {"a": "s3cret"}, [("/a", "is not allowed")]),
        ({"enum": ["a", 1]}, "s3cret", [("", 'must be one of ["a", 1]')]),
        ({"pattern": "^a$"}, "s3cret", [("", "must match the pattern ^a$")]),
        (
            {"anyOf": [{"type": "null"}, {"maxLength": 1}]},
            "s3cret",
            [("", "must be of type null or must have at most 1 character")],
        ),
        ({"uniqueItems": True}, [1, 1.0], [("", "must not have the same item twice")]),
        ({"propertyNames": {"maxLength": 1}}, {"s3cret": 1}, [("", "must have at most 1 character")]),
        ({"dependentRequired": {"a": ["b"]}}, {"a": "s3cret"}, [("", "must have the key 'b', since it has 'a'")]),
        (
            {"allOf": [{"properties": {"a": {}}}], "unevaluatedProperties": False},
            {"a": 1, "b/c": "s3cret"},
            [("/b~1c", "the key 'b/c' is not allowed")],
        ),
        ({"unevaluatedProperties": {"type": "null"}}, {"a": "s3cret"}, [("/a", "must be of type null")]),
        ({"prefixItems": [{}], "unevaluatedItems": False}, [1, "s3cret"], [("/1", "this item is not allowed")]),
        ({"anyOf": [{"const": n} for n in range(99)]}, "s3cret", [("", "matches none of the shapes that are allowed")]),
        ({"$ref": DIALECT}, {"type": "s3cret"}, SIMPLE_TYPES),
    ],
)
def test_a_broken_rule_is_named_without_the_value(schema: Any, value: Any, expected: list[tuple[str, str]]):
    found = problems(schema, value)
    assert [(problem.pointer, problem.message) for problem in found] == expected
    assert "s3cret" not in str(found)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"uniqueItems": True}, [1, True, "1", [1], {"a": 1}, {"a": 2}, None, 0, False]),
        ({"patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": False}, {"x-a": "b"}),
        ({"additionalProperties": {"type": "integer"}, "properties": {"a": {}}}, {"a": "b", "c": 1}),
        ({"items": {"$ref": "#"}}, nested(90)),
        ({"$schema": DIALECT, "type": "string"}, "a"),
    ],
)
def test_a_value_that_keeps_the_rules_has_no_problems(schema: Any, value: Any):
    assert problems(schema, value) == []


def test_pointers_start_where_the_caller_says():
    assert problems({"items": {"type": "null"}}, [1], "/input")[0].pointer == "/input/0"


def test_problems_are_sorted_and_bounded():
    found = problems({"items": {"type": "null"}}, list(range(5000)))
    assert len(found) == MAX_PROBLEMS
    assert found == sorted(found, key=lambda problem: problem.pointer)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"pattern": "(a+)+$"}, "a" * 50 + "!"),
        ({"$schema": DIALECT, "pattern": "(a+)+$"}, "a" * 50 + "!"),
        ({"items": {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}}, nested(90)),
        ({"patternProperties": {"(a+)+$": False}, "additionalProperties": False}, {"a" * 50 + "!": 1}),
        ({"patternProperties": {"(a+)+$": {}}, "unevaluatedProperties": False}, {"a" * 50 + "!": 1}),
        ({"items": {"anyOf": [{"const": -n} for n in range(1, 1000)]}}, list(range(100_000))),
        ({"items": {"enum": [[number, "x" * 99] for number in range(5_000)]}}, [[-1, "x" * 99]] * 20_000),
        ({"allOf": [{"items": True}, {"maxItems": 1}], "unevaluatedItems": False}, list(range(200_000))),
        ({"allOf": [{"additionalProperties": True}], "unevaluatedProperties": False, "type": "null"}, MANY_KEYS),
        (nested_conditions(40), {"a": 1}),
        ({"items": {"pattern": r"(\w+-)+\w+$"}}, ["a" * 50] * 50_000),
    ],
)
def test_a_check_ends_whatever_the_schema(schema: Any, value: Any):
    started = time.process_time()
    assert check_schema(schema) or problems(schema, value)
    # Seconds of a fast machine, many times over: without a bound they would be hours.
    assert time.process_time() - started < 40


def test_unique_items_are_compared_in_a_moment():
    started = time.process_time()
    assert problems({"uniqueItems": True}, [{"a": number} for number in range(50_000)]) == []
    assert time.process_time() - started < 5
