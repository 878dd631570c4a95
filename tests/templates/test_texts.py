"""Every problem of a text gets the line and column of its cause."""

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.core.expressions.placeholders import pointer_token
from apps.core.json.strict import Malformed
from apps.core.schema.json_schema import Problem
from apps.templates.formats.languages import JSON, YAML, Language, Source

JSON_TEXT = """\
{
  "steps": [
    {"name": "a", "on": "x"},
    [], "b"
  ],
  "a/b~c": {"": "grün", "😀": 1, "after": null},
  "text": "with \\" and { and \\\\", "last": -1.5e3
}
"""
YAML_TEXT = """\
# A comment.
steps:
  - name: a
    on: x
  - - {deep: [1, two]}
  - |
    lines
a/b~c: {"": grün, "😀": 1, after: null}
long:
  "quoted \\
   text"
empty:
last: -1.5e3
"""


def place(text: str, language: Language, pointer: str, *, at_key: bool = False) -> tuple[int | None, int | None]:
    [problem] = Source(text.encode(), language).located([Problem(pointer, "wrong", at_key=at_key)])
    assert (problem.pointer, problem.message) == (pointer, "wrong")
    return problem.line, problem.column


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("", (1, 1)),
        ("/steps", (2, 12)),
        ("/steps/0", (3, 5)),
        ("/steps/0/on", (3, 25)),
        ("/steps/1", (4, 5)),
        ("/steps/2", (4, 9)),
        ("/a~1b~0c/", (6, 17)),
        ("/a~1b~0c/😀", (6, 30)),
        ("/a~1b~0c/after", (6, 42)),
        ("/last", (7, 43)),
    ],
)
def test_a_value_in_json_stands_where_it_begins(pointer, expected):
    assert place(JSON_TEXT, JSON, pointer) == expected


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("", (2, 1)),
        ("/steps/0", (3, 5)),
        ("/steps/0/on", (4, 9)),
        ("/steps/1/0/deep/1", (5, 18)),
        ("/steps/2", (6, 5)),
        ("/a~1b~0c/", (8, 13)),
        ("/a~1b~0c/😀", (8, 24)),
        ("/empty", (12, 7)),
        ("/last", (13, 7)),
    ],
)
def test_a_value_in_yaml_stands_where_it_begins(pointer, expected):
    assert place(YAML_TEXT, YAML, pointer) == expected


@pytest.mark.parametrize(("pointer", "expected"), [("/steps", (2, 1)), ("/long", (9, 1))])
def test_a_value_in_yaml_that_begins_below_its_key_stands_at_the_key(pointer, expected):
    assert place(YAML_TEXT, YAML, pointer) == expected


@pytest.mark.parametrize(("language", "expected"), [(JSON, (3, 19)), (YAML, (4, 5))])
def test_a_key_that_should_not_be_there_is_where_the_problem_is(language, expected):
    text = JSON_TEXT if language is JSON else YAML_TEXT
    assert place(text, language, "/steps/0/on", at_key=True) == expected


@pytest.mark.parametrize(("language", "expected"), [(JSON, (3, 5)), (YAML, (3, 5))])
@pytest.mark.parametrize("pointer", ["/steps/0/missing", "/steps/0/missing/too"])
def test_what_is_missing_stands_where_it_is_missing(language, expected, pointer):
    assert place(JSON_TEXT if language is JSON else YAML_TEXT, language, pointer) == expected


@pytest.mark.parametrize("language", [JSON, YAML])
def test_a_text_without_a_value_has_a_beginning(language):
    assert place("", language, "/steps") == (1, 1)


@pytest.mark.parametrize("language", [JSON, YAML])
@pytest.mark.parametrize(
    ("text", "pointer", "expected"),
    [
        ('{"a": 1,\n "a": 2}', "/a", {JSON: (2, 7), YAML: (2, 2)}),
        ('{"a":\n [{"b": 1e999}]}', "/a/0/b", {JSON: (2, 9), YAML: (2, 9)}),
        ('{"a":\n [0, "\\u0000"]}', "/a/1", {JSON: (2, 6), YAML: (2, 6)}),
        ("[\n" * 101 + "]" * 101, "/0" * 100, {JSON: (101, 1), YAML: (101, 1)}),
    ],
)
def test_what_strict_readers_refuse_has_a_place(language, text, pointer, expected):
    with pytest.raises(Malformed) as refused:
        Source(text.encode(), language).read()
    problem = refused.value.problem
    assert (problem.pointer, (problem.line, problem.column)) == (pointer, expected[language])


def test_a_problem_that_has_a_place_keeps_it():
    problem = Problem("", "wrong", line=7, column=8)
    assert Source(b"{}", JSON).located([problem]) == [problem]


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text(max_size=4)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=10,
)


def leaves(value: Any, pointer: str = "") -> list[tuple[str, Any]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    inside = [leaf for key, part in parts for leaf in leaves(part, pointer + pointer_token(key))]
    return inside if isinstance(value, dict | list) else [(pointer, value)]


@settings(derandomize=True, max_examples=200, deadline=None)
@given(VALUES, st.sampled_from([None, 0, 2]), st.booleans())
def test_what_stands_at_the_place_of_a_part_of_json_is_that_part(value, indent, escape):
    text = json.dumps(value, indent=indent, ensure_ascii=escape)
    lines = text.split("\n")
    found = leaves(value)
    problems = Source(text.encode(), JSON).located([Problem(pointer, "wrong") for pointer, _ in found])
    for problem, (_, part) in zip(problems, found, strict=True):
        assert problem.line is not None
        assert problem.column is not None
        assert lines[problem.line - 1][problem.column - 1 :].startswith(json.dumps(part, ensure_ascii=escape))


@pytest.mark.parametrize("language", [JSON, YAML])
def test_the_longest_text_has_its_errors_marked_in_seconds(language):
    steps = [{"name": f"s{number}", "config": {"a": "x" * 20, "b": [1, 2, 3]}} for number in range(40_000)]
    source = Source(json.dumps({"steps": steps}, indent=None if language is JSON else 1).encode(), language)
    started = time.process_time()
    problems = source.located([Problem(f"/steps/{number}/config/b/9", "wrong") for number in range(0, 40_000, 400)])
    assert time.process_time() - started < 20
    assert len({problem.line if language is YAML else problem.column for problem in problems}) == 100


def test_a_long_key_is_not_copied_for_each_value_below_it():
    text = json.dumps({"k" * 2_000_000: [""] * 200_000}).encode()
    started = time.process_time()
    assert Source(text, JSON).located([Problem("/" + "k" * 2_000_000 + "/199999", "wrong")])[0].column == 2_800_003
    assert time.process_time() - started < 10
