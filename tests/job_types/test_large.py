"""Answers that no outcome can hold are known before they are read; others are not taken for such."""

import json

import pytest

from apps.workflows.executor.json_lock import MAX_OUTCOME_BYTES, is_surely_too_large

MANY = MAX_OUTCOME_BYTES


@pytest.mark.parametrize(
    "value", [[[]] * MANY, [{}] * MANY, dict.fromkeys(map(str, range(MANY))), [1] * (MANY + 2), ['"'] * MANY]
)
def test_what_is_larger_in_whatever_way_it_is_written_is_known(value: object):
    assert is_surely_too_large(json.dumps(value, separators=(",", ":")).encode())


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([[1, 2], {"a": "b"}] * 1000, indent=200),
        '["' + "\\u0041" * (MANY // 2) + '"]',
        "[1" + "0" * MANY + "]",
        "",
    ],
)
def test_what_may_become_smaller_is_read(text: str):
    assert not is_surely_too_large(text.encode())
