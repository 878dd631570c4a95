"""What the strict reader takes, and where it points when it refuses."""

import json
import tracemalloc

import pytest

from apps.core.json import strict


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def test_ordinary_json_is_read_as_it_stands():
    text = '{"a": [1, 2.5, null, true, "\\u00e9\\ud83d\\ude00"], "": {"b/c": -0.0}}'
    assert strict.loads(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    ("body", "pointer", "message"),
    [
        (b'{"a": NaN}', "/a", "not a number that JSON can hold"),
        (b'{"a": [1, -Infinity]}', "/a/1", "not a number that JSON can hold"),
        (b'{"a": 1e999}', "/a", "not a number that JSON can hold"),
        (b'{"a": 1' + b"0" * 400 + b"}", "/a", "this number is too large"),
        (b'{"a": 1' + b"0" * 5000 + b"}", "", "holds a number with too many digits"),
        (b'{"a": "x\\u0000"}', "/a", "text must not contain NUL"),
        (b'{"a~/": "\\ud800"}', "/a~0~1", "text must not contain a lone surrogate"),
        (b'{"a": {"\\udfff": 1}}', "/a", "text must not contain a lone surrogate"),
        (b'{"a": {"b": 1, "b": 1}}', "/a/b", "this key is given twice"),
        (b'{"a": "\xff"}', "", "byte 7 is not UTF-8"),
        (b'{"a": 1', "", "not JSON: Expecting ',' delimiter (line 1, column 8)"),
        (b"", "", "not JSON: Expecting value (line 1, column 1)"),
        (b"\xef\xbb\xbf{}", "", "not JSON: Unexpected UTF-8 BOM (decode using utf-8-sig) (line 1, column 1)"),
        (nested(100_000), "", "nested deeper than 100"),
    ],
)
def test_what_readers_would_take_differently_is_refused_with_its_place(body, pointer, message):
    with pytest.raises(strict.Malformed) as refused:
        strict.loads(body)
    assert (refused.value.problem.pointer, refused.value.problem.message) == (pointer, message)


def test_a_hundred_levels_are_taken_and_one_more_is_not():
    assert strict.loads(nested(100))
    with pytest.raises(strict.Malformed) as refused:
        strict.loads(nested(101))
    assert refused.value.problem.pointer == "/0" * 100


@pytest.mark.parametrize(("body", "place"), [(b'{"a":\n "\xff"}', (2, 3)), (b"[\n" * 100_000, (101, 1))])
def test_what_stops_the_reader_has_a_line_and_a_column(body, place):
    with pytest.raises(strict.Malformed) as refused:
        strict.loads(body)
    assert (refused.value.problem.line, refused.value.problem.column) == place


def test_a_long_key_is_not_copied_for_each_value_below_it():
    body = json.dumps({"k" * 1_000_000: [""] * 20_000}).encode()
    tracemalloc.start()
    try:
        strict.loads(body)
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()
