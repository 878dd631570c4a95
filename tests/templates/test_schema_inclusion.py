"""Where no reason is told why a schema may refuse what another accepts, no value shows one."""

from collections.abc import Mapping
from copy import deepcopy
from itertools import product
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from apps.core.schema import json_schema
from apps.templates.comparison.compatibility import needed
from apps.templates.comparison.schema_inclusion import proof
from apps.templates.comparison.schema_inclusion.proof import reasons
from tests.support.documents import document

SCALARS: list[Any] = [None, True, False, 0, 1, 2, 1.0, 1.5, -3, "", "a", "ab", "abc"]
LISTS: list[Any] = [
    [],
    *([one] for one in SCALARS),
    [1, 1],
    [1, "a"],
    ["a", 1],
    ["a", "a", "a"],
    [None, 1, 2],
    [[], {}],
]
PAIRS = product((0, 1.5, "a", None, "abc"), repeat=2)
FLAT: list[Any] = [{}, *({key: one} for key in ("a", "b", "c", "ab") for one in SCALARS)]
FLAT += [{"a": one, "b": other} for one, other in PAIRS] + [{"a": 1, "b": 1, "c": 1}, {"a": "a", "c": "ab", "ab": 0}]
DEEP: list[Any] = [{key: inner} for key in ("a", "b") for inner in [*FLAT[::3], *LISTS[::4]]]
DEEP += [[inner] for inner in FLAT[::4]] + [{"a": {"a": {"a": 1}}}, {"a": {"b": {"a": "a"}}, "b": {"a": {}}}]
VALUES: list[Any] = [*SCALARS, *LISTS, *FLAT, *DEEP]

KEYS = st.sampled_from(["a", "b", "c", "ab"])
SOURCES = st.sampled_from(["^a", "b$", "c"])
SMALL = st.integers(0, 3)
RULES = {
    "type": st.one_of(
        st.sampled_from(["object", "array", "string", "integer", "number", "null"]),
        st.lists(st.sampled_from(["object", "array", "string", "integer", "number", "null"]), min_size=1, unique=True),
    ),
    "enum": st.lists(st.sampled_from(SCALARS + LISTS[:4] + FLAT[:6]), min_size=1, max_size=4),
    "const": st.sampled_from(SCALARS),
    **dict.fromkeys(
        ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"], st.sampled_from([-3, 0, 1, 1.0, 1.5, 2])
    ),
    "multipleOf": st.sampled_from([1, 2, 0.5]),
    **dict.fromkeys(["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"], SMALL),
    "pattern": SOURCES,
    "uniqueItems": st.booleans(),
    "required": st.lists(KEYS, max_size=2, unique=True),
    "dependentRequired": st.dictionaries(KEYS, st.lists(KEYS, max_size=2, unique=True), max_size=2),
}


def holders(inner: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    """The keywords that hold schemas."""
    several = st.lists(inner, min_size=1, max_size=3)
    return {
        "properties": st.dictionaries(KEYS, inner, max_size=3),
        "patternProperties": st.dictionaries(SOURCES, inner, max_size=2),
        "dependentSchemas": st.dictionaries(KEYS, inner, max_size=2),
        **dict.fromkeys(["additionalProperties", "items", "contains", "not", "if", "then", "else"], inner),
        **dict.fromkeys(["unevaluatedItems", "unevaluatedProperties", "propertyNames"], inner),
        **dict.fromkeys(["allOf", "anyOf", "oneOf", "prefixItems"], several),
        "minContains": SMALL,
        "maxContains": SMALL,
        "$ref": st.sampled_from(["#/$defs/one", "#/$defs/two", "#"]),
    }


def keywords(rules: Mapping[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """A schema of up to three keywords."""
    some = st.lists(st.sampled_from(sorted(rules)), max_size=3, unique=True)
    return some.flatmap(lambda names: st.fixed_dictionaries({name: rules[name] for name in names}))


PARTS = st.recursive(
    st.one_of(st.booleans(), keywords(RULES)), lambda inner: keywords({**RULES, **holders(inner)}), max_leaves=6
)
WHOLE = st.builds(
    lambda rules, one, two: {**(rules if isinstance(rules, dict) else {}), "$defs": {"one": one, "two": two}},
    PARTS,
    PARTS,
    PARTS,
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container inside with each of its keys."""
    children = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [(value, key) for key, _ in children] + [place for _, child in children for place in places(child)]


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Any, Any]:
    """A schema, and the same with up to two places changed."""
    one = draw(WHOLE)
    other = deepcopy(one)
    for _ in range(draw(st.integers(0, 2))):
        change(draw, other)
    assume(not json_schema.check_schema(one) and not json_schema.check_schema(other))
    return (one, other) if draw(st.booleans()) else (other, one)


def change(draw: st.DrawFn, schema: dict[str, Any]) -> None:
    """Put something else in some place, take it away, or add a rule."""
    schema.setdefault("type", "object")
    container, key = draw(st.sampled_from(places(schema)))
    if draw(st.booleans()):
        container[key] = draw(st.one_of(PARTS, st.sampled_from(SCALARS)))
    elif draw(st.booleans()):
        del container[key]
    elif isinstance(container[key], dict):
        container[key].update(draw(keywords(RULES)))


@st.composite
def growths(draw: st.DrawFn) -> tuple[Any, Any]:
    """A schema of objects, and the same with a key described that was not, somewhere."""
    one = draw(WHOLE) | {"properties": draw(st.dictionaries(KEYS, PARTS, max_size=2))}
    other = deepcopy(one)
    objects = [other, *(part for part in other["properties"].values() if isinstance(part, dict))]
    draw(st.sampled_from(objects)).setdefault("properties", {})[draw(KEYS)] = draw(PARTS)
    assume(not json_schema.check_schema(one) and not json_schema.check_schema(other))
    return one, other


def accepted(schema: Any) -> list[Any]:
    return [value for value in VALUES if not json_schema.problems(schema, value)]


def why(narrow: Any, wide: Any) -> list[Any]:
    return reasons(narrow, wide, narrow_at="", wide_at="")


@settings(derandomize=True, max_examples=300, deadline=None)
@given(pairs())
def test_without_a_reason_all_that_the_one_accepts_the_other_accepts(pair: tuple[Any, Any]):
    narrow, wide = pair
    assume(why(narrow, wide) == [])
    assert [value for value in accepted(narrow) if json_schema.problems(wide, value)] == []


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.one_of(growths(), pairs()))
def test_with_reasons_of_unspoken_keys_alone_so_do_values_without_such_keys(pair: tuple[Any, Any]):
    narrow, wide = pair
    assume(all(reason.unspoken for reason in why(narrow, wide)))
    told = [value for value in accepted(narrow) if not json_schema.problems(sealed(narrow), value)]
    assert [value for value in told if json_schema.problems(wide, value)] == []


@settings(derandomize=True, max_examples=200, deadline=None)
@given(pairs())
def test_what_needs_no_major_update_breaks_neither_callers_nor_readers(pair: tuple[Any, Any]):
    old, new = pair
    assume(isinstance(old, dict) and isinstance(new, dict))
    if needed(document(inputSchema=old), document(inputSchema=new)) != "major":
        told = [value for value in accepted(old) if not json_schema.problems(sealed(old), value)]
        assert [value for value in told if json_schema.problems(new, value)] == []
    if needed(document(outputSchema=old), document(outputSchema=new)) != "major":
        assert [value for value in accepted(new) if json_schema.problems(old, value)] == []


def test_a_schema_that_refers_to_itself_without_end_accepts_nothing_and_proves_nothing():
    endless = {"$defs": {"loop": {"anyOf": [{"$ref": "#/$defs/loop"}]}}, "properties": {"a": {"$ref": "#/$defs/loop"}}}
    assert why({"properties": {"a": True}}, endless) != []
    assert why({"properties": {"a": {"type": "null"}}}, endless) != []
    assert why(endless, deepcopy(endless)) == []


def test_schemas_too_intricate_to_be_compared_count_as_different(monkeypatch: pytest.MonkeyPatch):
    one = {"properties": {f"k{number}": {"minLength": 1} for number in range(50)}}
    other = {"properties": {f"k{number}": {"minLength": 0} for number in range(50)}}
    assert why(one, other) == []
    monkeypatch.setattr(proof, "MAX_STEPS", 50)
    assert [reason.asked for reason in why(one, other)] == ["something that is too intricate to be compared"]


def test_choices_inside_choices_are_compared_within_bounds():
    assert why(nested(8, "integer"), nested(8, "number")) == []
    told = [reason.asked for reason in why(nested(60, "integer"), nested(60, "number"))]
    assert told == ["something that is too intricate to be compared"]


def nested(levels: int, kind: str) -> Any:
    """Each level goes two ways into the next one: without bounds, each of 2 ** levels ways would be tried."""
    parts: dict[str, Any] = {"level0": {"type": kind}}
    for level in range(levels):
        inner = {"$ref": f"#/$defs/level{level}"}
        ways = [{"type": "object", "properties": {"a": inner}}, {"type": "array", "items": inner}]
        parts[f"level{level + 1}"] = {"anyOf": ways}
    return {"$ref": f"#/$defs/level{levels}", "$defs": parts}


def sealed(schema: Any) -> Any:
    """The same schema, and objects have no other keys than those it speaks of."""
    return _sealed_inside(schema) if isinstance(schema, bool) else _closed(_sealed_inside(schema))


def _sealed_inside(schema: Any) -> Any:
    """Sealed are the values inside; what is asked of the same value is sealed around all of it."""
    if not isinstance(schema, dict):
        return schema
    copy = dict(schema)
    for key in copy.keys() & {"additionalProperties", "items", "unevaluatedItems", "unevaluatedProperties"}:
        copy[key] = sealed(copy[key])
    for key in copy.keys() & {"properties", "patternProperties"}:
        copy[key] = {name: sealed(part) for name, part in copy[key].items()}
    for key in copy.keys() & {"$defs", "dependentSchemas"}:
        copy[key] = {name: _sealed_inside(part) for name, part in copy[key].items()}
    for key in copy.keys() & {"allOf", "anyOf", "oneOf", "prefixItems"}:
        copy[key] = [(sealed if key == "prefixItems" else _sealed_inside)(part) for part in copy[key]]
    return copy | {key: _sealed_inside(copy[key]) for key in copy.keys() & {"then", "else"}}


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    return {"unevaluatedProperties": False} | schema
