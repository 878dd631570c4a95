"""node-semver's own fixtures of ranges."""

import json
from pathlib import Path
from typing import Any

import pytest

from apps.templates.versioning import ranges
from apps.templates.versioning.ranges import RangeInvalid
from apps.templates.versioning.versions import is_version, newest, precedence

FIXTURES = Path(__file__).parent / "node_semver"
# semver 2.0.0 bounds no number; node-semver takes none beyond what a double holds exactly.
BOUNDED = {"^9007199254740991.0.0"}


def cases(name: str) -> list[Any]:
    """The cases without options that change the grammar: a false one does not."""
    read = json.loads((FIXTURES / f"{name}.json").read_text())
    return [case[:2] for case in read if not any(case[2].values() if len(case) > 2 else ())]


def about_versions(name: str) -> list[Any]:
    return [case for case in cases(name) if isinstance(case[1], str) and is_version(case[1])]


@pytest.mark.parametrize(("wanted", "version"), about_versions("range-include"))
def test_a_version_in_a_range_is_meant_by_it(wanted, version):
    assert newest([version], wanted) == version


@pytest.mark.parametrize(("wanted", "version"), about_versions("range-exclude"))
def test_a_version_outside_a_range_is_not_meant_by_it(wanted, version):
    assert newest([version], wanted) is None


@pytest.mark.parametrize(("wanted", "plain"), [case for case in cases("range-parse") if case[1] is not None])
def test_a_range_means_what_its_plain_form_means(wanted, plain):
    one, other = ranges.parse(wanted), ranges.parse(plain)
    numbers = [0, 1, 2, 3, 4, 5, 97, 2**53 - 2, 2**53 - 1]
    versions = [f"{a}.{b}.{c}{pre}" for a in numbers for b in numbers for c in numbers for pre in ("", "-0", "-beta.4")]
    assert [v for v in versions if one.matches(ranges.key(v)) is not other.matches(ranges.key(v))] == []


@pytest.mark.parametrize("wanted", sorted({case[0] for case in cases("range-parse") if not case[1]} - BOUNDED))
def test_what_is_no_range_is_refused(wanted):
    with pytest.raises(RangeInvalid):
        ranges.parse(wanted)


@pytest.mark.parametrize("wanted", BOUNDED)
def test_numbers_have_no_bound(wanted):
    assert ranges.parse(wanted).matches(ranges.key("9007199254740991.5.0"))


@pytest.mark.parametrize(("greater", "less"), cases("comparisons"))
def test_the_greater_version_is_the_newer(greater, less):
    assert precedence(greater) > precedence(less)
    assert newest([less, greater]) == greater


def test_the_fixtures_are_read():
    names = ("range-include", "range-exclude", "range-parse", "comparisons")
    assert [len(cases(name)) for name in names] == [99, 79, 74, 19]
