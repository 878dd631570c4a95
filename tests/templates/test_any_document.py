"""Whatever JSON comes as a document, the answer is a list of problems, never an exception."""

from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.templates.documents.validation import validate
from tests.support.documents import TYPES, document, step

WORDS = st.sampled_from(
    ["a", "b", "only", "noop", "cel", "1.0.0", "5m", "${steps.a.output}", "${", "steps.a", "success", "$ref", "#", ""]
)
KEYS = st.one_of(WORDS, st.sampled_from([*step("a"), *document(), "dependsOn", "retry", "when", "on", "step", "type"]))
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS, st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=8,
)
WHOLE = document(
    step("a", retry={"maxAttempts": 2, "on": ["error"]}, timeout="5m", labels={"x": "y"}),
    step("b", type="cel", config={"expression": "steps.a.output"}, dependsOn=["a", {"step": "a", "on": "failure"}]),
    step("c", config={"x": ["${steps.a.output.x}", "${API_KEY}"]}, when="input.x > 1"),
    output={"a": "${steps.c.output}"},
    labels={"team": "pay"},
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value inside ``value``."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [place for key, child in children for place in places(child, (*path, key))]


@settings(derandomize=True, max_examples=150, deadline=None)
@given(JSON)
def test_any_value_gets_an_answer(value):
    validate(value, TYPES)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(places(WHOLE)), JSON), min_size=1, max_size=3))
def test_a_document_with_parts_exchanged_gets_an_answer(exchanges):
    broken = deepcopy(WHOLE)
    for path, value in exchanges:
        exchange(broken, path, value)
    validate(broken, TYPES)


def exchange(value: Any, path: tuple[Any, ...], new: Any) -> None:
    """Put ``new`` in its place, unless an earlier exchange has taken the place away."""
    key, *rest = path
    known = range(len(value)) if isinstance(value, list) else value if isinstance(value, dict) else ()
    if key in known and rest:
        exchange(value[key], tuple(rest), new)
    elif key in known:
        value[key] = new
