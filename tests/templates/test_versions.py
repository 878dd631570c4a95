import pytest

from apps.templates.versioning.ranges import RangeInvalid
from apps.templates.versioning.versions import is_version, newest, precedence

PUBLISHED = ["1.0.0", "1.2.0", "1.10.0", "2.0.0", "2.1.0-beta.1"]


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        ("1.2.0", "1.2.0"),
        ("=1.2.0", "1.2.0"),
        ("v1.2.0", "1.2.0"),
        ("^1.2", "1.10.0"),
        ("~1.2", "1.2.0"),
        ("~> 1.2", "1.2.0"),
        (">=1.0 <2", "1.10.0"),
        (">= 1.0  < 2", "1.10.0"),
        ("1.x", "1.10.0"),
        ("1.0 - 1.5", "1.2.0"),
        ("<1.0 || 2", "2.0.0"),
        ("*", "2.0.0"),
        ("", "2.0.0"),
        (">=2.1.0-alpha", "2.1.0-beta.1"),
        ("^3", None),
        ("1.2.3", None),
    ],
)
def test_a_range_means_the_newest_match_as_node_semver_reads_it(wanted, meant):
    assert newest(PUBLISHED, wanted) == meant


@pytest.mark.parametrize("wanted", [None, "latest"])
def test_the_newest_of_all_is_found_by_precedence_and_counts_pre_releases(wanted):
    assert newest(PUBLISHED, wanted) == "2.1.0-beta.1"


def test_of_no_versions_none_is_the_newest():
    assert newest([], "latest") is None


def test_precedence_is_that_of_semver():
    order = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11"]
    order += ["1.0.0-rc.1", "1.0.0", "1.0.0+a", "1.0.0+b", "1.0.1"]
    order.reverse()
    assert sorted(order, key=precedence) == order[::-1]


@pytest.mark.parametrize(
    "wanted", ["latestt", "1.2.3.4", "^^1", ">>1", "1,2", "a - b", "v - 1", "\0", "9" * 201, "1.2 -- 2"]
)
def test_what_is_no_range_is_refused(wanted):
    with pytest.raises(RangeInvalid):
        newest(PUBLISHED, wanted)


@pytest.mark.parametrize("text", ["1.2.0", "0.0.0", "1.0.0-rc.1+build.5", "1.0.0--", "99999999999999999999.0.0"])
def test_a_version_of_semver_is_one(text):
    assert is_version(text)


@pytest.mark.parametrize(
    "text",
    ["", "1", "1.2", "v1.2.0", "01.2.0", "1.2.0-", "1.2.0-01", "1.2.0+", "1.2.0\n", " 1.2.0", "\u0661.0.0", "1.2.x"],
)
def test_what_semver_does_not_know_is_no_version(text):
    assert not is_version(text)


def test_an_endless_version_is_none():
    assert not is_version("1.0.0-" + "a" * 200)


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [("1.0.0+b", None), ("1.0.0+a", "1.0.0+a"), ("1.0.0", "1.0.0+a"), ("^1.0.0", "1.0.0+a"), ("1.0.0-rc.1+b", None)],
)
def test_a_build_that_is_written_out_is_that_build_and_no_other(wanted: str, meant: str | None):
    assert newest(["1.0.0+a", "1.0.0-rc.1+a"], wanted) == meant
