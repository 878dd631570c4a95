import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.templates.formats import yaml_reader
from apps.templates.formats.yaml_writer import TooLong, dumps

# Whatever YAML or an editor may take for more than a character.
MARKS = "\t\n\r :#-?|>&*!%@`'\"\\{}[],~$.0159eEnNyYoOaf_\x1b\x7f\x85\xa0\u2028\u2029\u202e\ufeff\ufffe"
WORDS = ["on", "~", "null", "1.0", "1.2.0", "5m", "---", "...", "<<", "2026-01-01", "1:30", "0o7", "a" * 300, "x\n" * 3]
CHARACTERS = st.one_of(st.sampled_from(MARKS), st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
TEXTS = st.one_of(st.text(CHARACTERS, max_size=12), st.sampled_from(WORDS))
NUMBERS = st.one_of(st.integers(-(2**1000), 2**1000), st.floats(allow_nan=False, allow_infinity=False))
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)


@settings(derandomize=True, max_examples=1000, deadline=None)
@given(JSON)
def test_what_is_written_is_read_back_to_the_last_digit_in_the_same_order(value: Any):
    assert json.dumps(yaml_reader.loads(dumps(value).encode())) == json.dumps(value)


@pytest.mark.parametrize("inside", [[], {}, 1, "a\n b\n"])
def test_the_deepest_nesting_that_is_read_is_written(inside: Any):
    value = inside
    for level in range(98):
        value = [value] if level % 2 else {"a": value}
    assert yaml_reader.loads(dumps(value).encode()) == value


def test_a_document_reads_well():
    value = {
        "version": "1.2.0",
        "description": "Takes a payment.\n\n  Then it waits.\n",
        "steps": [
            {
                "name": "pay",
                "config": {"url": "https://${HOST}/pay?a=1#b", "size": 1.5, "none": None},
                "timeout": "30s",
            },
            {"name": "wait", "dependsOn": [{"step": "pay", "on": "failure"}], "rows": [[1, 2], []], "config": {}},
        ],
    }
    assert dumps(value) == (
        "version: 1.2.0\n"
        "description: |\n"
        "  Takes a payment.\n"
        "\n"
        "    Then it waits.\n"
        "steps:\n"
        "  - name: pay\n"
        "    config:\n"
        "      url: https://${HOST}/pay?a=1#b\n"
        "      size: 1.5\n"
        "      none: null\n"
        "    timeout: 30s\n"
        "  - name: wait\n"
        "    dependsOn:\n"
        "      - step: pay\n"
        '        "on": failure\n'
        "    rows:\n"
        "      - - 1\n"
        "        - 2\n"
        "      - []\n"
        "    config: {}\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        *(
            "yes",
            "No",
            "on",
            "OFF",
            "y",
            "null",
            "True",
            "~",
            "",
            "1",
            "-1",
            "1.0",
            "1e3",
            "0x1f",
            "0o17",
            "1_000",
            ".inf",
        ),
        *(
            "2026-11-22",
            "1:30",
            "1.2.3.4",
            "1.2.3:4",
            "=",
            "<<",
            "- a",
            "? a",
            ": a",
            "a: b",
            "a:",
            "a #b",
            "# a",
            " a",
            "a ",
        ),
        *("*a", "&a", "!a", "%a", "@a", "`a", "|", ">", "'a'", '"a"', "[a]", "{a: b}", ",a", "a\tb", "zero\u200bwidth"),
    ],
)
def test_what_some_reader_of_yaml_takes_for_more_than_a_text_is_put_in_quotes(text: str):
    assert dumps({"a": text}).startswith('a: "')
    assert dumps({text: 1}).startswith('"')


@pytest.mark.parametrize(
    "text", ["pay", "${API_KEY}", "1.2.0-rc.1+5", "250ms", "a b", "a:b", "a#b", "/x/y", "größe", "it's"]
)
def test_what_all_take_for_a_text_stands_as_it_is(text: str):
    assert dumps({"a": text, text: 1}) == f"a: {text}\n{text}: 1\n"


@pytest.mark.parametrize("text", ["a\nb ", "a \nb", "\n", "a\n\x07", "a\r\nb", "a\u2028b\n"])
def test_lines_that_an_editor_could_change_are_put_in_quotes(text: str):
    assert dumps([text]).count("\n") == 1


def test_no_more_is_written_than_wanted():
    assert dumps(["a"], limit=4) == "- a\n"
    with pytest.raises(TooLong):
        dumps(["a"], limit=3)
