"""Comparing two versions of a template."""

import pytest

from tests.graphql.asking import ask
from tests.support.people import publish

QUERY = """query($from: String, $to: String) { templateDiff(id: "sample", from: $from, to: $to) {
    from { version } to { version } needs
    reasons { pointer message needs } changes { op pointer from old new } text } }"""


@pytest.fixture
def versions(ann):
    publish(ann, version="1.1.0", name="Second")
    publish(ann, version="2.0.0", steps=1, name="Third", labels={"a": "b"})


def compare(client, old, new):
    return ask(client, QUERY, **{"from": old, "to": new})["templateDiff"]


def test_a_change_is_told_value_by_value_and_as_a_text(as_ann, versions):
    found = compare(as_ann, "1.0.0", "1.1.0")
    assert (found["from"], found["to"]) == ({"version": "1.0.0"}, {"version": "1.1.0"})
    named = {"op": "add", "pointer": "/name", "from": None, "old": None, "new": "Second"}
    assert named in found["changes"]
    assert found["text"].startswith("--- sample 1.0.0\n+++ sample 1.1.0\n")
    assert "+name: Second" in found["text"].splitlines()


def test_the_least_update_and_what_asks_for_it_are_told(as_ann, versions):
    found = compare(as_ann, "1.1.0", "2.0.0")
    assert found["needs"] == found["reasons"][0]["needs"] == "major"
    assert found["reasons"][0]["pointer"].startswith("/steps")


def test_a_version_is_as_it_is(as_ann):
    found = compare(as_ann, "1.0.0", "1.0.0")
    assert (found["needs"], found["reasons"], found["changes"], found["text"]) == ("patch", [], [], "")


def test_ranges_mean_the_newest_published_versions(as_ann, versions):
    found = compare(as_ann, "^1", "latest")
    assert (found["from"]["version"], found["to"]["version"]) == ("1.1.0", "2.0.0")


@pytest.mark.parametrize(("old", "new"), [("1.0.0", "9.0.0"), ("9.0.0", "1.0.0"), ("one", "two")])
def test_what_is_not_there_is_null(as_ann, old, new):
    assert compare(as_ann, old, new) is None


def test_what_one_may_not_see_is_null(as_ann, as_bob):
    assert compare(as_bob, "1.0.0", "1.0.0") is None


def test_texts_that_are_too_long_are_not_compared(as_ann, ann, monkeypatch):
    publish(ann, version="2.0.0", description="x" * 9000)
    monkeypatch.setattr("apps.templates.comparison.diff.MAX_TEXT_LENGTH", 5000)
    assert compare(as_ann, "1.0.0", "2.0.0")["text"] is None


def test_without_names_the_newest_version_is_compared_with_the_one_before(as_ann, versions):
    found = compare(as_ann, None, None)
    assert (found["from"]["version"], found["to"]["version"]) == ("1.1.0", "2.0.0")
    assert compare(as_ann, None, "1.0.0") is None


def test_rest_tells_the_same(as_ann, versions):
    rest = as_ann.get("/api/v1/templates/sample/diff?from=1.0.0&to=2.0.0").json()
    found = compare(as_ann, "1.0.0", "2.0.0")
    assert [found[key] for key in ("needs", "reasons", "text")] == [rest[key] for key in ("needs", "reasons", "text")]
    told = [{key: value for key, value in change.items() if value is not None} for change in found["changes"]]
    assert told == rest["changes"]
