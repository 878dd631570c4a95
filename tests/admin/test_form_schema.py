"""The form that an input schema asks for: what the page's library is given to draw."""

import pytest

from apps.core.schema import json_schema
from apps.workflows.admin.form_schema import Form
from apps.workflows.admin.schema_parts import FormTooLarge, FormUnavailable
from apps.workflows.admin.start_check import check


def fields(schema, value=None):
    assert json_schema.check_schema(schema) == []
    return Form(schema, {} if value is None else value).fields


def field(part, **more):
    """Of one property with this schema."""
    return fields({"properties": {"a": part}, **more})["properties"]["a"]


def names(schema, value=None):
    return list(fields(schema, value)["properties"])


CONDITION = {
    "properties": {"kind": {"enum": ["card", "bill"]}},
    "if": {"properties": {"kind": {"const": "card"}}, "required": ["kind"]},
    "then": {"properties": {"number": {"type": "string"}}, "required": ["number"]},
    "else": {"properties": {"address": {"type": "string"}}},
}


@pytest.mark.parametrize(
    ("value", "shown"), [({"kind": "card"}, "number"), ({"kind": "bill"}, "address"), ({}, "address")]
)
def test_the_branch_that_is_in_force_gives_its_fields(value, shown):
    assert names(CONDITION, value) == ["kind", shown]


def test_what_a_branch_requires_is_required():
    assert fields(CONDITION, {"kind": "card"})["required"] == ["number"]


def test_a_branch_that_forbids_a_key_takes_its_field_away():
    schema = {"properties": {"a": {}, "b": {}}, "if": {"required": ["a"]}, "then": {"properties": {"b": False}}}
    assert names(schema, {"a": 1}) == ["a"]
    assert names(schema) == ["a", "b"]


def test_each_item_of_a_list_has_the_branch_of_its_own():
    form = fields({"type": "array", "items": CONDITION}, [{"kind": "card"}, {"kind": "bill"}])
    assert [list(item["properties"]) for item in form["items"]] == [["kind", "number"], ["kind", "address"]]
    assert list(form["additionalItems"]["properties"]) == ["kind"]


def test_dependent_keys_are_required_once_the_key_is_there():
    schema = {"properties": {"a": {}, "b": {}}, "dependentRequired": {"a": ["b"]}}
    assert (fields(schema)["required"], fields(schema, {"a": 1})["required"]) == ([], ["b"])


def test_a_dependent_schema_comes_with_its_key():
    schema = {"properties": {"a": {}}, "dependentSchemas": {"a": {"properties": {"b": {}}}}}
    assert (names(schema), names(schema, {"a": 1})) == (["a"], ["a", "b"])


def test_references_are_followed_and_parts_of_all_are_merged():
    schema = {
        "allOf": [{"$ref": "#/$defs/named"}, {"properties": {"age": {"type": "integer"}}}],
        "$defs": {"named": {"properties": {"name": {"type": "string"}}, "required": ["name"]}},
    }
    form = fields(schema)
    assert (list(form["properties"]), form["required"]) == (["name", "age"], ["name"])


def test_a_condition_may_refer_to_other_parts():
    schema = {
        "properties": {"n": {"$ref": "#/$defs/large~1number"}},
        "$defs": {"large/number": {"type": "number"}},
        "if": {"properties": {"n": {"$ref": "#/$defs/large~1number"}}, "required": ["n"]},
        "then": {"properties": {"why": {}}},
    }
    assert names(schema, {"n": 1}) == ["n", "why"]


@pytest.mark.parametrize(
    ("name", "reference"),
    [("$id", "text"), ("$anchor", "#text"), ("$dynamicAnchor", "#text"), ("$id", "https://a.example/text")],
)
def test_parts_may_be_referred_to_by_any_name(name, reference):
    schema = {
        "$id": "https://a.example/input",
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "properties": {"a": {"$ref": reference}},
        "$defs": {"t": {name: reference.removeprefix("#"), "type": "string", "format": "email"}},
        "if": {"properties": {"a": {"$ref": reference}}, "required": ["a"]},
        "then": {"properties": {"b": {}}},
    }
    assert fields(schema)["properties"]["a"]["format"] == "email"
    assert (names(schema, {"a": "x"}), names(schema, {"a": 1})) == (["a", "b"], ["a"])


def test_a_part_with_a_name_of_its_own_resolves_what_stands_in_it():
    inner = {
        "$id": "inner",
        "properties": {"q": {"$ref": "#/$defs/p"}},
        "$defs": {"p": {"type": "string"}},
        "if": {"properties": {"q": {"$ref": "#/$defs/p"}}, "required": ["q"]},
        "then": {"properties": {"more": {}}},
    }
    form = fields({"properties": {"a": inner}}, {"a": {"q": "x"}})["properties"]["a"]
    assert form["properties"]["q"]["type"] == "string"
    assert list(form["properties"]) == ["q", "more"]


def test_a_schema_that_refers_to_itself_ends_in_json():
    form = fields({"$ref": "#/$defs/node", "$defs": {"node": {"properties": {"next": {"$ref": "#/$defs/node"}}}}})
    while "properties" in form:
        form = form["properties"]["next"]
    assert form["format"] == "json"


def test_a_schema_with_too_many_fields_has_no_form():
    with pytest.raises(FormTooLarge):
        Form({"properties": {f"f{number}": {"type": "string"} for number in range(3000)}}, {})


def test_shapes_within_shapes_do_not_multiply_without_bound():
    steps = {f"s{n}": {"anyOf": [{"$ref": f"#/$defs/s{n + 1}"}] * 10} for n in range(12)}
    schema = {"$ref": "#/$defs/s0", "$defs": {**steps, "s12": {"type": "string"}}}
    with pytest.raises(FormTooLarge):
        Form(schema, {})


def test_very_many_conditions_have_no_form():
    conditions = [{"if": {"required": ["a"]}, "then": {"properties": {"b": {}}}} for _ in range(400)]
    with pytest.raises(FormTooLarge):
        Form({"allOf": conditions}, {})


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"properties": {"toString": {}}}, {}),
        ({"properties": {"a": {}}}, {"__proto__": 1}),
        ({"required": ["constructor"]}, {}),
    ],
)
def test_keys_that_the_page_cannot_keep_have_no_form(schema, value):
    with pytest.raises(FormUnavailable, match="cannot keep"):
        Form(schema, value)


def test_a_list_that_must_be_very_long_begins_empty():
    assert "minItems" not in field({"type": "array", "items": {"type": "string"}, "minItems": 10**9})
    assert field({"type": "array", "items": {"type": "string"}, "minItems": 2})["minItems"] == 2


def test_shapes_are_named_and_hold_what_is_said_of_all():
    shapes = [
        {"title": "By mail", "properties": {"to": {"type": "string"}}},
        {"properties": {"kind": {"const": "fax"}}},
        {"type": "string"},
        {},
    ]
    found = field({"oneOf": shapes, "properties": {"urgent": {"type": "boolean"}}})["oneOf"]
    assert [one["title"] for one in found] == ["By mail", "kind: fax", "a text", "Choice 4"]
    assert list(found[0]["properties"]) == ["to", "urgent"]


def test_shapes_of_one_value_each_are_a_menu():
    found = field({"oneOf": [{"const": 1, "title": "one"}, {"const": 2, "title": "two"}]})
    assert (found["format"], found["enum"], found["options"]["titles"]) == ("choice", [1, 2], ["one", "two"])


def test_a_value_of_several_types_is_of_one_of_them():
    found = field({"type": ["string", "null"], "title": "Note"})
    assert found["title"] == "Note"
    assert [(one["title"], one["type"]) for one in found["oneOf"]] == [("a text", "string"), ("nothing", "null")]


@pytest.mark.parametrize(
    ("part", "shape"),
    [
        ({"type": "string"}, None),
        ({"type": "string", "format": "date"}, "date"),
        ({"type": "string", "format": "date-time"}, "moment"),
        ({"type": "string", "format": "email"}, "email"),
        ({"type": "string", "format": "uri"}, "url"),
        ({"type": "string", "format": "ipv4"}, None),
        ({"type": "string", "maxLength": 5000}, "textarea"),
        ({"type": "string", "writeOnly": True}, "password"),
        ({"type": "string", "format": "email", "writeOnly": True}, "password"),
        ({"type": "integer", "writeOnly": True}, "password"),
        ({"enum": ["a", 1, None]}, "choice"),
        ({"const": "a"}, "choice"),
        ({"type": "boolean"}, "choice"),
        ({"enum": [{}, []]}, "json"),
        ({"type": "object"}, "json"),
        ({"type": "array"}, "json"),
        ({}, "json"),
        (True, "json"),
    ],
)
def test_each_value_has_a_field_that_suits_it(part, shape):
    assert field(part).get("format") == shape


def test_a_text_of_more_lines_keeps_them():
    schema = {"properties": {"a": {"type": "string"}}}
    assert fields(schema, {"a": "one\ntwo"})["properties"]["a"]["format"] == "textarea"


def test_what_is_secret_is_so_all_the_way_down():
    found = field({"writeOnly": True, "properties": {"b": {"type": "string"}, "c": {}}})["properties"]
    assert found["b"]["format"] == "password"
    assert found["c"]["options"]["secret"] is True


def test_a_boolean_that_must_be_there_is_a_box_to_tick():
    assert field({"type": "boolean"}, required=["a"])["format"] == "checkbox"


def test_a_key_that_must_be_there_has_a_field_even_if_nothing_is_said_of_it():
    assert names({"required": ["a"]}) == ["a"]


def test_keys_may_be_added_where_the_schema_speaks_of_them():
    form = fields({"properties": {"a": {}}, "additionalProperties": {"type": "integer"}})
    assert (form["additionalProperties"]["type"], form["options"]) == ("integer", {"keys": True})
    assert "options" not in fields({"properties": {"a": {}}})
    assert fields({"properties": {"a": {}}, "additionalProperties": False})["additionalProperties"] is False


def test_the_first_items_of_a_list_have_schemas_of_their_own():
    form = fields({"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}], "items": False})
    assert [item["type"] for item in form["items"]] == ["string", "number"]
    assert form["additionalItems"] is False


def test_nothing_of_the_schema_reaches_the_library_but_what_is_meant_to():
    hostile = {
        "type": "string",
        "options": {"inputAttributes": {"onfocus": "x"}},
        "template": "x",
        "links": [],
        "watch": {},
    }
    assert field(hostile) == {"type": "string", "options": {"inputAttributes": {"autocomplete": "off"}}}


# -- what is wrong, at its field


def problems(schema, text, **chosen):
    return [(one["pointer"], one["message"]) for one in check(schema, text, chosen)["problems"]]


def test_a_missing_key_is_named_at_its_own_field():
    schema = {"properties": {"a~b": {"required": ["c/d"]}}, "required": ["a~b", "e"]}
    assert problems(schema, '{"a~b": {}}') == [("/e", "is required"), ("/a~0b/c~1d", "is required")]


def test_a_key_that_another_needs_is_named_at_its_own_field():
    schema = {"dependentRequired": {"card": ["expiry"]}}
    assert problems(schema, '{"card": 1}') == [("/expiry", "is required, since it has 'card'")]


def test_of_shapes_the_chosen_one_says_what_it_lacks():
    schema = {"properties": {"a": {"oneOf": [{"required": ["b"]}, {"required": ["c"]}]}}}
    none_fits = ("/a", "must match exactly one of the shapes that are allowed")
    assert problems(schema, '{"a": {}}') == [none_fits]
    assert problems(schema, '{"a": {}}', **{"/a": 1}) == [("/a/c", "is required")]
    assert problems(schema, '{"a": {}}', **{"/a": 7}) == problems(schema, '{"a": {}}', **{"/a": "x"}) == [none_fits]


def test_an_input_that_nobody_began_is_an_empty_object():
    assert problems({"required": ["a"]}, " ") == [("/a", "is required")]


def test_a_text_that_is_no_json_has_no_fields():
    answer = check({}, "{", {})
    assert answer["fields"] is None
    assert answer["problems"][0]["line"] == 1


@pytest.mark.parametrize("number", [2**53 + 1, -(2**60)])
def test_a_number_that_the_page_would_change_has_no_form(number):
    assert "cannot keep" in check({}, f'{{"a": [{number}]}}', {})["note"]
    assert check({}, f'{{"a": [{2**53}]}}', {})["note"] == ""
