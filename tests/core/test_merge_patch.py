"""JSON Merge Patch, by the examples of RFC 7396, appendix A."""

from typing import Any

import pytest

from apps.core.json.merge_patch import apply_merge_patch

EXAMPLES: list[tuple[Any, Any, Any]] = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("stands", "patch", "result"), EXAMPLES, ids=map(str, range(len(EXAMPLES))))
def test_a_patch_is_laid_over_what_stands(stands: Any, patch: Any, result: Any):
    assert apply_merge_patch(stands, patch) == result


def test_what_stands_is_left_as_it_is():
    stands = {"a": {"b": "c"}}
    apply_merge_patch(stands, {"a": {"b": None}})
    assert stands == {"a": {"b": "c"}}
