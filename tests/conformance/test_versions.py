"""The lists of right and wrong versions that semver.org links beside its regular expression, and §11's order."""

from pathlib import Path

import pytest

from apps.templates.versioning.versions import is_version, newest, precedence

LISTS = Path(__file__).parent / "semver_org"
ORDERS = [
    ["1.0.0", "2.0.0", "2.1.0", "2.1.1"],
    ["1.0.0-alpha", "1.0.0"],
    ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1"],
    ["1.0.0-rc.1", "1.0.0"],
]


def listed(name: str) -> list[str]:
    return (LISTS / f"{name}.txt").read_text().splitlines()


@pytest.mark.parametrize("text", listed("valid"))
def test_a_right_version_is_one(text):
    assert is_version(text)
    assert newest([text], text) == text


@pytest.mark.parametrize("text", listed("invalid"))
def test_a_wrong_version_is_none(text):
    assert not is_version(text)


@pytest.mark.parametrize("order", ORDERS)
def test_precedence_is_that_of_the_specification(order):
    backwards = order[::-1]
    assert sorted(backwards, key=precedence) == order
