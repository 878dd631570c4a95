"""Which update a change needs, by example; that the rule for schemas is right is shown in test_schema_inclusion."""

from copy import deepcopy
from typing import Any

import pytest

from apps.templates.comparison.compatibility import CompatibilityChange, changes, needed
from tests.support.documents import document, step

INPUT = {
    "type": "object",
    "required": ["amount"],
    "properties": {
        "amount": {"type": "number", "minimum": 0},
        "currency": {"enum": ["EUR", "USD"]},
        "note": {"type": "string", "maxLength": 10, "pattern": "^[a-z]+$"},
        "lines": {"type": "array", "items": {"type": "object", "required": ["price"]}},
        "either": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "where": {"$ref": "#/$defs/place"},
    },
    "$defs": {"place": {"type": "object", "properties": {"town": {"type": "string"}, "in": {"$ref": "#/$defs/place"}}}},
}
OUTPUT = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "string"}, "state": {"enum": ["new", "paid"]}},
}
OLD = document(step("first", timeout="5m"), step("last"), inputSchema=INPUT, outputSchema=OUTPUT, output={"a": 1})
GONE: Any = object()


def changed(pointer: str, value: Any) -> dict[str, Any]:
    """The old document with another value at a place; GONE takes it away."""
    new = deepcopy(OLD)
    *way, last = pointer.split("/")[1:]
    place: Any = new
    for token in way:
        place = place[int(token) if isinstance(place, list) else token]
    if isinstance(place, list):
        place[int(last) : int(last) + 1] = [] if value is GONE else [value]
    elif value is GONE:
        del place[last]
    else:
        place[last] = value
    return new


def test_a_document_and_itself_need_no_more_than_a_patch():
    assert changes(OLD, deepcopy(OLD)) == []
    assert needed(OLD, changed("/version", "2.0.0")) == "patch"


@pytest.mark.parametrize(
    ("pointer", "value", "level"),
    [
        ("/inputSchema/required", ["amount", "note"], "major"),
        ("/inputSchema/required", [], "minor"),
        ("/inputSchema/additionalProperties", False, "major"),
        ("/inputSchema/additionalProperties", True, "patch"),
        ("/inputSchema/properties/new", {"type": "string"}, "minor"),
        ("/inputSchema/properties/note", GONE, "minor"),
        ("/inputSchema/properties/amount/type", "integer", "major"),
        ("/inputSchema/properties/amount/type", ["number", "null"], "minor"),
        ("/inputSchema/properties/amount/minimum", 1, "major"),
        ("/inputSchema/properties/amount/minimum", -1, "minor"),
        ("/inputSchema/properties/amount/minimum", 0.0, "patch"),
        ("/inputSchema/properties/amount/exclusiveMaximum", 100, "major"),
        ("/inputSchema/properties/currency/enum", ["EUR"], "major"),
        ("/inputSchema/properties/currency/enum", ["USD", "EUR", "CHF"], "minor"),
        ("/inputSchema/properties/currency", {"type": "string", "minLength": 3}, "minor"),
        ("/inputSchema/properties/currency", {"type": "string", "minLength": 4}, "major"),
        ("/inputSchema/properties/note/maxLength", 5, "major"),
        ("/inputSchema/properties/note/maxLength", 50, "minor"),
        ("/inputSchema/properties/note/pattern", "^[a-z]*$", "major"),
        ("/inputSchema/properties/note/pattern", GONE, "minor"),
        ("/inputSchema/properties/note/description", "A note", "patch"),
        ("/inputSchema/properties/lines/items/required", ["price", "count"], "major"),
        ("/inputSchema/properties/lines/items/properties", {"count": {"type": "integer"}}, "minor"),
        ("/inputSchema/properties/lines/prefixItems", [{"type": "null"}], "major"),
        ("/inputSchema/properties/lines/maxItems", 3, "major"),
        ("/inputSchema/properties/either", {"type": ["null", "string"]}, "patch"),
        ("/inputSchema/properties/either/anyOf", [{"type": "null"}], "major"),
        ("/inputSchema/properties/either/anyOf/2", {"type": "number"}, "minor"),
        ("/inputSchema/properties/either", {"oneOf": [{"type": "string"}, {"type": "null"}]}, "patch"),
        ("/inputSchema/$defs/place/properties/town", {"type": ["string", "null"]}, "minor"),
        ("/inputSchema/$defs/place/properties/town", {"type": "string", "minLength": 1}, "major"),
        ("/inputSchema/properties/where", INPUT["$defs"]["place"], "patch"),  # type: ignore[index]
        ("/inputSchema/not", {"required": ["secret"]}, "major"),
        ("/inputSchema/if", {"required": ["note"]}, "patch"),
        ("/inputSchema/allOf", [{"required": ["amount"]}], "patch"),
        ("/inputSchema/allOf", [{"required": ["currency"]}], "major"),
        ("/inputSchema", {}, "minor"),
    ],
)
def test_callers_may_rely_on_what_the_input_schema_accepts(pointer: str, value: Any, level: str):
    assert needed(OLD, changed(pointer, value)) == level


@pytest.mark.parametrize(
    ("pointer", "value", "level"),
    [
        ("/outputSchema/required", [], "major"),
        ("/outputSchema/required", ["id", "state"], "minor"),
        ("/outputSchema/properties/state", GONE, "major"),
        ("/outputSchema/properties/new", {"type": "string"}, "minor"),
        ("/outputSchema/properties/new", {}, "minor"),
        ("/outputSchema/additionalProperties", False, "minor"),
        ("/outputSchema/properties/id/type", ["string", "null"], "major"),
        ("/outputSchema/properties/id/minLength", 1, "minor"),
        ("/outputSchema/properties/state/enum", ["new", "paid", "lost"], "major"),
        ("/outputSchema/properties/state/enum", ["new"], "minor"),
        ("/outputSchema", {}, "major"),
    ],
)
def test_readers_may_rely_on_what_the_output_schema_promises(pointer: str, value: Any, level: str):
    assert needed(OLD, changed(pointer, value)) == level


@pytest.mark.parametrize(
    ("pointer", "value", "level"),
    [
        ("/steps/0", GONE, "major"),
        ("/steps/0/name", "renamed", "major"),
        ("/steps/0/type", "noop", "major"),
        ("/steps/0/forEach", "input.lines", "major"),
        ("/steps/2", step("new"), "minor"),
        ("/steps/0/config", {"x": 1}, "patch"),
        ("/steps/0/when", "input.amount > 1", "patch"),
        ("/steps/0/retry", {}, "patch"),
        ("/steps/0/timeout", "1m", "patch"),
        ("/steps/0/timeout", GONE, "patch"),
        ("/steps/0/dependsOn", [], "patch"),
        ("/steps", [step("last"), step("first", timeout="5m")], "patch"),
        ("/onFailure", [step("tell")], "minor"),
        ("/output", {"a": 1.0}, "minor"),
        ("/output", GONE, "minor"),
        ("/name", "Another", "patch"),
        ("/labels", {"team": "pay"}, "patch"),
        ("/failFast", True, "patch"),
        ("/concurrency", {"key": "a", "limit": 1}, "minor"),
    ],
)
def test_others_see_the_steps_names_and_types_and_not_how_they_work(pointer: str, value: Any, level: str):
    assert needed(OLD, changed(pointer, value)) == level


def test_without_an_output_the_last_step_gives_it():
    old = document(step("a"), step("b"))
    assert needed(old, document(step("b"), step("a"))) == "minor"
    assert needed(document(step("a"), step("b"), output=1), document(step("b"), step("a"), output=1)) == "patch"


def test_steps_in_another_order_are_told_once():
    new = changed("/steps", OLD["steps"][::-1])
    assert changes(OLD, new) == [CompatibilityChange("/steps", "the steps stand in another order", "patch")]


def test_each_change_is_told_with_its_place_the_gravest_first():
    new = changed("/inputSchema/properties/amount/minimum", 5)
    new["steps"] = [new["steps"][0] | {"timeout": "1m"}, step("last"), step("new")]
    new["outputSchema"] = OUTPUT | {"required": []}
    assert changes(OLD, new) == [
        CompatibilityChange(
            "/inputSchema/properties/amount/minimum",
            "asked of callers now: the key 'amount' must be at least 5",
            "major",
        ),
        CompatibilityChange("/outputSchema", "no longer promised to readers: must have the key 'id'", "major"),
        CompatibilityChange("/steps/2", "the step 'new' was added", "minor"),
        CompatibilityChange("/steps/0/timeout", "timeout of the step 'first' changed", "patch"),
    ]


def test_what_is_gone_is_pointed_to_where_it_was():
    assert changes(OLD, changed("/steps/0", GONE))[0] == CompatibilityChange(
        "/steps/0", "the step 'first' is gone", "major"
    )


def test_a_closed_output_that_grows_breaks_readers_that_check_it():
    closed = {"type": "object", "properties": {"a": {}}, "additionalProperties": False}
    grown = {**closed, "properties": {"a": {}, "b": {}}}
    assert needed(document(outputSchema=closed), document(outputSchema=grown)) == "major"


def test_true_and_one_are_two_values():
    assert changes(document(step("a", config={"x": True})), document(step("a", config={"x": 1}))) != []
