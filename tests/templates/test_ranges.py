"""Laws that ranges keep, whatever the numbers."""

import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.templates.versioning.ranges import MAX_LENGTH, RangeInvalid, key, parse

NUMBERS = st.sampled_from([0, 1, 2, 3, 10])
TRIPLES = st.tuples(NUMBERS, NUMBERS, NUMBERS)
PRE = st.sampled_from(["", "", "-0", "-alpha", "-beta.2", "-beta.11", "-1"])
VERSIONS = st.builds(lambda triple, pre: ".".join(map(str, triple)) + pre, TRIPLES, PRE)
SIGNS = st.sampled_from(["", "=", "<", "<=", ">", ">=", "~", "^", "~> "])
LENGTHS = st.integers(1, 4)
SIMPLE = st.builds(lambda sign, version, length: sign + ".".join(version.split(".")[:length]), SIGNS, VERSIONS, LENGTHS)

laws = settings(derandomize=True, max_examples=300, deadline=None)


def holds(wanted: str, version: str) -> bool:
    return parse(wanted).matches(key(version))


def release(version: str) -> str:
    return version.partition("-")[0]


@laws
@given(VERSIONS, VERSIONS)
def test_a_whole_version_means_itself(one, other):
    assert holds(one, other) is (key(one) == key(other))


@laws
@given(SIMPLE, SIMPLE, VERSIONS)
def test_either_of_two_ranges_is_enough_where_a_bar_joins_them(one, other, version):
    assert holds(f"{one} || {other}", version) is (holds(one, version) or holds(other, version))


@laws
@given(SIMPLE, SIMPLE, VERSIONS)
def test_a_release_must_be_in_both_where_a_space_joins_them(one, other, version):
    version = release(version)
    assert holds(f"{one} {other}", version) is (holds(one, version) and holds(other, version))


@laws
@given(VERSIONS, VERSIONS, VERSIONS)
def test_a_hyphen_means_from_and_to(low, high, version):
    assert holds(f"{low} - {high}", version) is holds(f">={low} <={high}", version)


@laws
@given(TRIPLES, VERSIONS)
def test_the_signs_mean_what_the_readme_says(triple, version):
    major, minor, patch = triple
    dotted = f"{major}.{minor}.{patch}"
    assert holds(f"~{dotted}", version) is holds(f">={dotted} <{major}.{minor + 1}.0-0", version)
    assert holds(f"{major}.{minor}", version) is holds(f"~{major}.{minor}", version)
    assert holds(f"{major}.x", version) is holds(f"~{major}", version)
    end = f"{major + 1}.0.0" if major else f"0.{minor + 1}.0" if minor else f"0.0.{patch + 1}"
    assert holds(f"^{dotted}", version) is holds(f">={dotted} <{end}-0", version)


@laws
@given(SIMPLE, VERSIONS)
def test_a_pre_release_is_meant_only_beside_one_that_is_named(wanted, version):
    if "-" in version and holds(wanted, version):
        assert "-" in wanted
        assert release(version) in wanted


@pytest.mark.parametrize("wanted", ["1.x.3", "*.1", "=x.2", ">=1.x.3"])
def test_a_number_after_a_wildcard_is_refused(wanted):
    with pytest.raises(RangeInvalid):
        parse(wanted)


@laws
@given(st.text(alphabet="0123456789.xX*v^~<>=|- +ab\t\n", max_size=MAX_LENGTH + 5))
def test_any_text_is_a_range_or_refused_at_once(text):
    started = time.process_time()
    with suppress(RangeInvalid):
        parse(text).matches(key("1.2.3"))
    assert time.process_time() - started < 1


@pytest.mark.parametrize("unit", ["1.", "1.2.3-1", "1.2.3-1.", "1.2.3+a", "1 - ", "x ", "~", " ", "||", "- "])
@pytest.mark.parametrize("end", ["", "!", "-", " - 1"])
def test_the_longest_text_is_read_at_once(unit, end):
    started = time.process_time()
    with suppress(RangeInvalid):
        parse((unit * MAX_LENGTH)[: MAX_LENGTH - len(end)] + end)
    assert time.process_time() - started < 1
