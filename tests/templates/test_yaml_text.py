import pytest

from apps.core.strict_json import Malformed
from apps.templates.yaml_text import loads


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
