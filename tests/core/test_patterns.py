import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.schema import patterns
from apps.core.schema.patterns import PatternError

DANGEROUS = ["(a+)+$", "(a|aa)+$", "^(a?){30}a{30}$", "(a*)*b", "a*a*a*a*a*a*c", "((a+)?)+$", "(?:a+|b+)+$", "(.*)*x"]


@pytest.mark.parametrize("source", DANGEROUS)
def test_a_dangerous_pattern_ends_soon(source: str):
    started = time.process_time()
    patterns.compile(source).search("a" * 5000 + "!")
    assert time.process_time() - started < 1


@pytest.mark.parametrize("source", ["^[a-z]+$", "[0-9]{4}-[0-9]{2}", "x$"])
def test_a_plain_pattern_over_a_long_text_ends_soon(source: str):
    started = time.process_time()
    assert not patterns.compile(source).search("0" * 2_000_000)
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("source", "text", "found"),
    [
        ("^[A-Z]{3}$", "EUR", True),
        ("^[A-Z]{3}$", "eur", False),
        ("b", "abc", True),
        (r"^[\w.+-]+@[\w-]+\.[\w.-]+$", "a.b+c@example.com", True),
        ("^([a-z0-9]+-)*[a-z0-9]+$", "a-slug-of-mine", True),
        ("^(?!x)a", "a", True),
    ],
)
def test_a_pattern_is_searched_anywhere(source: str, text: str, found: bool):
    assert patterns.compile(source).search(text) is found


@pytest.mark.parametrize(
    "source", ["[", "(", "*", "a" * 257, "(?P<a", "a{2,1}", "(?=(a+)+)b", r"(a+)+\1", r"(\w{1,50}){1,50}"]
)
def test_what_cannot_run_safely_is_refused(source: str):
    with pytest.raises(PatternError):
        patterns.compile(source)


def test_a_long_text_is_refused_where_only_backtracking_could_read_it():
    with pytest.raises(PatternError, match="characters"):
        patterns.compile("^(?!x)a").search("a" * 5000)


@given(st.text(alphabet="ab()[]{}*+?|\\.^$,12:=!", max_size=20), st.text(alphabet="ab", max_size=30))
def test_any_pattern_is_refused_or_answers_as_python_does(source: str, text: str):
    try:
        pattern = patterns.compile(source)
        found = pattern.search(text)
    except PatternError:
        return
    if pattern.backtracks_safely:
        assert found == bool(re.search(source, text))
