import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.core.json.strict import Malformed
from apps.core.schema.json_schema import Problem
from apps.templates.formats.languages import YAML, Source
from apps.templates.formats.yaml_reader import loads


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on: failure", {"on": "failure"}),
        ("a: yes", {"a": "yes"}),
        ("a: true", {"a": True}),
        ("a: 010", {"a": "010"}),
        ("a: -10", {"a": -10}),
        ("a: 1.50", {"a": 1.5}),
        ("a: 1e3", {"a": 1000.0}),
        ("a: 1.2.0", {"a": "1.2.0"}),
        ("a: 1:30", {"a": "1:30"}),
        ("a: 2026-11-22", {"a": "2026-11-22"}),
        ("a:", {"a": None}),
        ("a: '5'", {"a": "5"}),
        ("a: .nan", {"a": ".nan"}),
        ("<<: {a: 1}", {"<<": {"a": 1}}),
        ('{"a": [1, null, "b"]}', {"a": [1, None, "b"]}),
        ("a: grün", {"a": "grün"}),
        ("", None),
    ],
)
def test_words_mean_what_they_mean_in_json(text, value):
    assert loads(text.encode()) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x 1\nb: *x", "aliases are not allowed"),
        ("- &a [*a]", "aliases are not allowed"),
        ("a: !!python/object/apply:os.system [ls]", "tags are not allowed"),
        ("a: !!int x", "tags are not allowed"),
        ("a: 1\na: 2", "this key is given twice"),
        ("1: 2", "keys must be text"),
        ("? [a]\n: b", "keys must be text"),
        ("a: [", "expected node content"),
        ("a: 1\n---\nb: 2", "another document"),
    ],
)
def test_what_json_cannot_say_is_refused_with_its_line(text, message):
    with pytest.raises(Malformed, match=message) as caught:
        loads(text.encode())
    assert caught.value.problem.line


@pytest.mark.parametrize(
    "text",
    [
        b"\xff\xfe\xfa",
        b"\x00",
        b'a: "\\0"',
        b'a: "\\ud800"',
        b"[" * 5000,
        b"[" * 101 + b"]" * 101,
        b"a: " + b"9" * 5000,
    ],
)
def test_what_no_strict_reader_takes_is_refused(text):
    with pytest.raises(Malformed):
        loads(text)


def test_a_text_of_nothing_but_punctuation_is_refused_before_it_costs_minutes():
    with pytest.raises(Malformed, match="more than 1,000,000 keys and values"):
        loads(b"-\n" * 1_500_000)


def test_directives_that_the_parser_compares_with_each_other_are_refused_at_once():
    directives = "".join(f"%TAG !{number}! x\n" for number in range(200_000))
    started = time.process_time()
    with pytest.raises(Malformed, match="tags are not allowed"):
        loads(f"{directives}---\na: 1\n".encode())
    assert time.process_time() - started < 1


@pytest.mark.parametrize("piece", ["[", "- ", "[a: ", "{a: ", "? ", "- - ", "k:\n ", "[\n"])
def test_an_endless_beginning_is_refused_at_once(piece):
    started = time.process_time()
    with pytest.raises(Malformed) as refused:
        loads((piece * 1_000_000).encode())
    assert refused.value.problem.line
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("text", "pointer", "place"),
    [
        ("a:\n  - x\n  - *y", "/a/1", (3, 5)),
        ("a:\n  - {b: 1, c: &z 1, b: 2}", "/a/0/b", (2, 21)),
        ("a:\n  - !t x", "/a/0", (2, 5)),
        ("a:\n  b: {1: x}", "/a/b", (2, 7)),
        ("a: [1, " + "9" * 5000 + "]", "/a/1", (1, 8)),
        ("a: [" + "[" * 100, "/a" + "/0" * 99, (1, 103)),
    ],
)
def test_a_refusal_points_to_its_place_in_value_and_text(text, pointer, place):
    with pytest.raises(Malformed) as refused:
        loads(text.encode())
    problem = refused.value.problem
    assert (problem.pointer, (problem.line, problem.column)) == (pointer, place)


@settings(derandomize=True, max_examples=500, deadline=None)
@given(st.text(alphabet="ab1 \n\t:-?[]{},'\"#&*!|>%@\\~.<=é\x07\ufeff\u2028", max_size=30))
def test_any_text_is_read_or_refused_with_its_place(text):
    source = Source(text.encode(), YAML)
    try:
        source.read()
    except Malformed as error:
        assert error.problem.line
        assert error.problem.column
    else:
        source.located([Problem("/a/0", "wrong")])
