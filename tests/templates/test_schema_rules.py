"""Rule by rule: which schema accepts all that another accepts, and where that stays open."""

from typing import Any

import pytest

from apps.core.schema import json_schema
from apps.templates.comparison.schema_inclusion.proof import reasons

OBJECT = {"type": "object"}
ARRAY = {"type": "array"}
TEXT = {"type": "string"}


def included(narrow: Any, wide: Any) -> bool:
    assert json_schema.check_schema(narrow) == json_schema.check_schema(wide) == []
    return reasons(narrow, wide, narrow_at="", wide_at="") == []


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        (False, {"type": "null"}),
        ({"type": "string"}, True),
        ({"type": "string"}, {}),
        ({"type": "integer"}, {"type": "number"}),
        ({"type": ["integer", "string"]}, {"type": ["string", "null", "number"]}),
        ({"enum": [1.0, 2]}, {"type": "integer"}),
        ({"const": "a"}, {"enum": ["a", "b"]}),
        ({"enum": [1]}, {"const": 1.0}),
        ({"type": "boolean"}, {"enum": [True, False, 0]}),
        ({"type": "null"}, {"const": None}),
        ({"enum": ["ab", "cd"]}, {"minLength": 2, "maxLength": 2, "pattern": "^[a-d]+$"}),
        ({"enum": [2, 4]}, {"multipleOf": 2, "exclusiveMinimum": 1, "maximum": 4}),
        ({"minimum": 2}, {"minimum": 2.0}),
        ({"minimum": 2}, {"exclusiveMinimum": 1.5}),
        ({"exclusiveMinimum": 2}, {"minimum": 2, "exclusiveMinimum": 2}),
        ({"maximum": 2}, {"exclusiveMaximum": 2.5}),
        ({"exclusiveMaximum": 2}, {"maximum": 2, "exclusiveMaximum": 2}),
        ({"multipleOf": 6}, {"multipleOf": 3}),
        ({"type": "integer"}, {"multipleOf": 1}),
        ({"multipleOf": 0.5}, {"multipleOf": 0.5}),
        ({"type": "string"}, {"minimum": 5, "required": ["a"], "items": False}),
        ({"minLength": 3}, {"minLength": 2}),
        ({}, {"minLength": 0, "minItems": 0, "minProperties": 0, "uniqueItems": False, "required": []}),
        ({"maxItems": 1}, {"uniqueItems": True}),
        ({"uniqueItems": True}, {"uniqueItems": True}),
        ({"required": ["a"], "allOf": [{"required": ["b"]}]}, {"required": ["b", "a"]}),
        ({"required": ["a", "b"]}, {"minProperties": 2}),
        ({"required": ["a", "b"]}, {"dependentRequired": {"c": ["a"]}}),
        ({"dependentRequired": {"a": ["b", "c"]}}, {"dependentRequired": {"a": ["c"]}}),
        ({"allOf": [{"minimum": 1}, {"maximum": 2}]}, {"minimum": 0, "maximum": 3}),
        ({"minimum": 1}, {"allOf": [{"minimum": 0}, {"minimum": 1}]}),
        ({"properties": {"a": {"type": "null"}}}, {"properties": {"a": {"type": ["null", "string"]}}}),
        ({"properties": {"a": False}}, {"properties": {"a": TEXT}}),
        ({"additionalProperties": TEXT}, {"properties": {"a": TEXT}}),
        ({"additionalProperties": False}, {"properties": {"a": TEXT}}),
        ({"patternProperties": {"^a": TEXT}}, {"properties": {"ab": TEXT}}),
        ({"patternProperties": {"^a": TEXT}}, {"patternProperties": {"^a": {"type": ["string", "null"]}}}),
        ({"additionalProperties": TEXT}, {"patternProperties": {"^a": TEXT}}),
        ({"properties": {"a": TEXT}, "additionalProperties": False}, {"additionalProperties": TEXT}),
        ({"properties": {"a": TEXT}, "additionalProperties": False}, {"patternProperties": {"^a": TEXT}}),
        (
            {"properties": {"a": {}, "b1": {}}, "additionalProperties": False},
            {"properties": {"a": {}}, "patternProperties": {"^b": {}}, "additionalProperties": False},
        ),
        (
            {"patternProperties": {"^a": {}}, "additionalProperties": False},
            {"patternProperties": {"^a": {}, "^b": {}}, "additionalProperties": False},
        ),
        ({"propertyNames": {"minLength": 2}}, {"propertyNames": {"minLength": 1, "type": "string"}}),
        ({"dependentSchemas": {"a": {"required": ["b"]}}}, {"dependentSchemas": {"a": {"minProperties": 1}}}),
        ({"required": ["b"]}, {"dependentSchemas": {"a": {"required": ["b"]}}}),
        ({"items": {"minimum": 2}}, {"items": {"minimum": 1}}),
        ({"prefixItems": [{"minimum": 2}], "items": {"minimum": 3}}, {"items": {"minimum": 2}}),
        ({"items": {"minimum": 2}}, {"prefixItems": [{"minimum": 1}, {"minimum": 2}]}),
        ({"prefixItems": [TEXT], "items": False}, {"prefixItems": [TEXT], "items": TEXT}),
        ({"prefixItems": [TEXT], "maxItems": 1}, {"items": TEXT}),
        ({"items": TEXT, "maxItems": 1}, {"prefixItems": [TEXT, {"type": "null"}]}),
        ({"items": TEXT, "maxItems": 2}, {"prefixItems": [TEXT, TEXT], "items": False}),
        ({"contains": TEXT, "minContains": 2}, {"contains": TEXT, "minContains": 2}),
        ({"anyOf": [{"type": "null"}, TEXT]}, {"type": ["null", "string"]}),
        ({"type": ["null", "string"]}, {"anyOf": [{"type": "null"}, TEXT]}),
        ({"type": "number"}, {"anyOf": [{"type": "number"}, TEXT]}),
        ({"anyOf": [{"minimum": 1}, {"minimum": 2}]}, {"anyOf": [{"minimum": 1}, {"type": "string"}]}),
        ({"oneOf": [TEXT, {"type": "null"}]}, {"anyOf": [{"type": "null"}, TEXT]}),
        ({"anyOf": [TEXT, {"type": "null"}]}, {"oneOf": [{"type": "null"}, TEXT]}),
        ({"oneOf": [{"minimum": 1}, {"minimum": 2}]}, {"oneOf": [{"minimum": 1}, {"minimum": 2}], "title": "Same"}),
        ({"oneOf": [{"const": 1}]}, {"oneOf": [{"const": 1}, {"const": 2}]}),
        ({"not": TEXT, "minimum": 1}, {"not": TEXT}),
        ({"type": "null"}, {"not": TEXT}),
        ({"enum": ["a", "b"]}, {"not": {"enum": ["c", 1]}}),
        ({"if": TEXT, "then": {"minLength": 2}}, {"if": TEXT, "then": {"minLength": 1}}),
        ({"if": TEXT, "else": {"minimum": 2}}, {"if": TEXT, "else": {"minimum": 1}}),
        ({"minLength": 2}, {"if": {"minimum": 5}, "then": {"minLength": 1}, "else": {"minLength": 2}}),
        ({"unevaluatedProperties": False, **OBJECT}, {**OBJECT, "unevaluatedProperties": False}),
        (OBJECT, {"unevaluatedProperties": True, "unevaluatedItems": True}),
        ({"$ref": "#/$defs/a", "$defs": {"a": TEXT}}, {"$anchor": "x", "type": "string"}),
        (TEXT, {"$ref": "#a", "$defs": {"b": {"$anchor": "a", "type": ["string", "null"]}}}),
        (
            {"properties": {"a": {"$ref": "#"}, "b": TEXT}},
            {"properties": {"a": {"$ref": "#"}, "b": {"type": ["string", "null"]}}},
        ),
    ],
)
def test_what_is_shown_to_be_included(narrow: Any, wide: Any):
    assert included(narrow, wide)


@pytest.mark.parametrize(
    ("narrow", "wide", "value"),
    [
        (True, False, None),
        ({"type": "number"}, {"type": "integer"}, 1.5),
        ({"type": "boolean"}, {"enum": [1, 0]}, True),
        ({"enum": ["a", 1]}, {"const": "a"}, 1),
        ({"minimum": 2}, {"minimum": 2.5}, 2),
        ({"minimum": 2}, {"exclusiveMinimum": 2}, 2),
        ({"maximum": 2}, {"exclusiveMaximum": 2}, 2),
        ({"exclusiveMinimum": 2}, {"exclusiveMinimum": 3}, 3),
        ({"exclusiveMaximum": 2}, {"exclusiveMaximum": 1}, 1),
        ({"exclusiveMaximum": 2}, {"maximum": 1}, 1.5),
        ({"multipleOf": 3}, {"multipleOf": 6}, 3),
        ({"multipleOf": 0.5}, {"multipleOf": 1}, 0.5),
        ({"minLength": 1}, {"minLength": 2}, "a"),
        ({"maxLength": 2}, {"maxLength": 1}, "ab"),
        ({"pattern": "a"}, {"pattern": "b"}, "a"),
        ({"maxItems": 2}, {"uniqueItems": True}, [1, 1]),
        ({"properties": {"a": {}, "b": {}}}, {"minProperties": 1}, {}),
        ({"required": ["a"]}, {"minProperties": 2}, {"a": 1}),
        ({"minProperties": 1}, {"required": ["a"]}, {"b": 1}),
        ({"dependentRequired": {"a": ["b"]}}, {"dependentRequired": {"a": ["b", "c"]}}, {"a": 1, "b": 1}),
        ({"properties": {"a": TEXT}}, {"additionalProperties": TEXT}, {"b": 1}),
        ({"properties": {"a": TEXT}}, {"additionalProperties": False}, {"a": "x"}),
        ({"patternProperties": {"^a": TEXT}}, {"properties": {"ab": {"type": "null"}}}, {"ab": "x"}),
        ({"patternProperties": {"^a": TEXT}}, {"patternProperties": {"b$": {"type": "null"}}}, {"ab": "x"}),
        ({"properties": {"ab": TEXT}}, {"patternProperties": {"b$": {"type": "null"}}}, {"ab": "x"}),
        ({"required": ["ab"]}, {"patternProperties": {"b$": {"type": "null"}}}, {"ab": "x"}),
        ({"patternProperties": {"^a": TEXT}}, {"additionalProperties": {"type": "null"}}, {"a": "x"}),
        ({"propertyNames": {"minLength": 1}}, {"propertyNames": {"minLength": 2}}, {"a": 1}),
        ({}, {"dependentSchemas": {"a": {"required": ["b"]}}}, {"a": 1}),
        (ARRAY, {"items": TEXT}, [1]),
        ({"prefixItems": [{}], "items": TEXT}, {"items": TEXT}, [1]),
        ({"prefixItems": [{}], "items": TEXT}, {"prefixItems": [TEXT]}, [1]),
        ({"prefixItems": [TEXT]}, {"prefixItems": [TEXT, TEXT]}, ["a", 1]),
        ({"prefixItems": [TEXT]}, {"prefixItems": [TEXT], "items": False}, ["a", 1]),
        ({"contains": TEXT}, {"contains": TEXT, "maxContains": 1}, ["a", "b"]),
        ({"contains": TEXT}, {"contains": TEXT, "minContains": 2}, ["a"]),
        ({"type": ["null", "string"]}, {"anyOf": [{"type": "null"}, {"minLength": 1, **TEXT}]}, ""),
        ({"anyOf": [TEXT, {"type": "null"}]}, TEXT, None),
        ({"anyOf": [{"minimum": 1}]}, {"oneOf": [{"minimum": 1}, {"minimum": 2}]}, 3),
        (TEXT, {"oneOf": [{"enum": ["a"]}, {"const": "b"}]}, "c"),
        (TEXT, {"not": {"minLength": 1}}, "a"),
        (TEXT, {"if": TEXT, "then": {"minLength": 1}}, ""),
        ({"if": TEXT, "then": False}, {"if": {"type": "null"}, "then": False}, None),
        ({"if": TEXT, "then": {"minLength": 1}}, {"if": TEXT, "then": {"minLength": 2}}, "a"),
        ({"if": TEXT, "else": {"minimum": 1}}, {"if": TEXT, "else": {"minimum": 2}}, 1),
        ({"properties": {"a": {}}}, {"properties": {"b": {}}, "unevaluatedProperties": False}, {"a": 1}),
        ({}, {"$ref": "a", "$defs": {"x": {"$id": "a", "type": "string"}}}, 1),
        (
            {"$id": "http://x/", "properties": {"a": {"$id": "b", "$ref": "#/$defs/c", "$defs": {"c": True}}}},
            {"properties": {"a": {"$id": "b", "$ref": "#/$defs/c", "$defs": {"c": TEXT}}}, "$defs": {"c": True}},
            {"a": 1},
        ),
        ({"$ref": "#/$defs/a", "$defs": {"a": TEXT}}, {"$ref": "#/$defs/a", "$defs": {"a": {"minLength": 1}}}, ""),
        (
            {"not": {"$ref": "#/$defs/a"}, "$defs": {"a": TEXT}},
            {"not": {"$ref": "#/$defs/a"}, "$defs": {"a": {"type": "null"}}},
            None,
        ),
        (
            {"not": {"$ref": "#/$defs/a"}, "$defs": {"a": {"$ref": "#/$defs/b"}, "b": TEXT}},
            {"not": {"$ref": "#/$defs/a"}, "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"type": "null"}}},
            None,
        ),
        (
            {"properties": {"a": {"$ref": "#"}, "b": {"type": ["string", "null"]}}},
            {"properties": {"a": {"$ref": "#"}, "b": TEXT}},
            {"a": {"b": None}},
        ),
    ],
)
def test_what_is_not_included_as_a_value_shows(narrow: Any, wide: Any, value: Any):
    assert json_schema.problems(narrow, value) == []
    assert json_schema.problems(wide, value) != []
    assert not included(narrow, wide)


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ({"exclusiveMinimum": 0, "type": "integer"}, {"minimum": 1}),
        ({"pattern": "^ab$"}, {"pattern": "^a"}),
        ({"pattern": "^ab$"}, {"minLength": 2}),
        ({"minimum": 1}, {"not": {"maximum": 0}}),
        ({"contains": {"minimum": 2}}, {"contains": {"minimum": 1}}),
        ({"const": 1}, {"oneOf": [{"minimum": 1}, {"minimum": 2}]}),
        (
            {"properties": {"a": {}}, "unevaluatedProperties": False},
            {"properties": {"a": {}, "b": {}}, "unevaluatedProperties": False},
        ),
        (
            {"properties": {"a": {"$dynamicRef": "#b"}}, "$defs": {"b": {"$dynamicAnchor": "b"}}},
            {"properties": {"a": {"$dynamicRef": "#b"}}, "$defs": {"b": {"$dynamicAnchor": "b"}}, "title": "Same"},
        ),
        ({"multipleOf": 0.5}, {"multipleOf": 0.25}),
        (
            {"$ref": "a", "$defs": {"x": {"$id": "a", "type": "string"}}},
            {"$ref": "a", "$defs": {"x": {"$id": "a", "type": ["string", "null"]}}},
        ),
    ],
)
def test_what_is_included_and_is_not_shown_counts_as_different(narrow: Any, wide: Any):
    assert not included(narrow, wide)


@pytest.mark.parametrize("keyword", ["properties", "patternProperties"])
@pytest.mark.parametrize(
    "narrow",
    [
        {"$ref": "a", "$defs": {"x": {"$id": "a", "properties": {"k": TEXT}}}},
        {"anyOf": [{"$dynamicRef": "#a"}], "$defs": {"x": {"$dynamicAnchor": "a", "properties": {"k": TEXT}}}},
        {"anyOf": [{"properties": {"k": TEXT}}]},
        {"if": {"required": ["k"]}},
        {"dependentSchemas": {"x": {"patternProperties": {"^k": TEXT}}}},
        {"unevaluatedProperties": TEXT},
        {"anyOf": [{"unevaluatedProperties": TEXT}]},
        {"not": {"additionalProperties": TEXT}},
        {"patternProperties": {"^k": TEXT}},
        {"required": ["k"]},
    ],
)
def test_a_key_that_may_be_spoken_of_anywhere_in_a_schema_is_no_new_one(narrow: Any, keyword: str):
    assert json_schema.check_schema(narrow) == []
    found = reasons(narrow, {keyword: {"k": {"type": "null"}}}, narrow_at="", wide_at="")
    assert {reason.unspoken for reason in found} == {False}
