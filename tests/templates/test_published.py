"""What starting a workflow asks of templates, and what that costs."""

import pytest
from django.core.cache import cache

from apps.core.access import policy
from apps.templates.errors import TemplateUnknown, VersionUnknown
from apps.templates.services.create import create_version
from apps.templates.storage import published
from apps.templates.storage.published import resolve_published
from apps.templates.versioning.ranges import RangeInvalid
from tests.support.documents import noop_document
from tests.support.statements import counted

pytestmark = pytest.mark.django_db


def publish(version: str, **keys: object) -> None:
    create_version(policy.SYSTEM, document=noop_document(version=version, **keys))


def cost(wanted: str | None) -> int:
    with counted() as count:
        resolve_published("sample", wanted)
    return count.number


@pytest.mark.parametrize(
    ("wanted", "found"), [(None, "1.10.0"), ("latest", "1.10.0"), ("~1.2", "1.2.0"), ("1.2.0", "1.2.0")]
)
def test_a_range_means_the_newest_published_version(wanted, found):
    for version in ("1.2.0", "1.10.0"):
        publish(version)
    create_version(policy.SYSTEM, document=noop_document(version="2.0.0"), draft=True)
    result = resolve_published("sample", wanted)
    assert (result.version, result.document) == (found, noop_document(version=found))


@pytest.mark.parametrize("template_id", ["other", "", "no/name", "\0"])
def test_an_unknown_template_is_told_from_an_unknown_version(template_id):
    publish("1.0.0")
    with pytest.raises(TemplateUnknown):
        resolve_published(template_id)


@pytest.mark.parametrize("wanted", ["2.0.0", "^2"])
def test_an_unknown_version_is_told_from_an_unknown_template(wanted):
    publish("1.0.0")
    with pytest.raises(VersionUnknown):
        resolve_published("sample", wanted)


def test_a_draft_cannot_be_started():
    create_version(policy.SYSTEM, document=noop_document(), draft=True)
    for wanted in (None, "1.0.0"):
        with pytest.raises(VersionUnknown):
            resolve_published("sample", wanted)


def test_what_is_no_range_is_told():
    publish("1.0.0")
    with pytest.raises(RangeInvalid):
        resolve_published("sample", "newest please")


def test_what_was_just_published_is_found_at_once():
    publish("1.0.0")
    resolve_published("sample")
    publish("1.1.0")
    assert resolve_published("sample").version == "1.1.0"


def test_a_start_costs_one_statement_once_the_document_is_known_a_range_two():
    publish("1.0.0", description="counted")
    assert [cost(wanted) for wanted in (None, "latest", "^1")] == [2, 1, 2]


def test_another_process_finds_the_document_in_the_cache(django_assert_num_queries, monkeypatch):
    publish("1.0.0", description="cached")
    resolve_published("sample")
    # As in a process that has just begun.
    monkeypatch.setattr(published, "_documents", published.DocumentCache())
    with django_assert_num_queries(1):
        assert resolve_published("sample").document["description"] == "cached"


def test_with_an_empty_cache_the_document_comes_from_the_database(monkeypatch):
    publish("1.0.0", description="stored")
    resolve_published("sample")
    monkeypatch.setattr(published, "_documents", published.DocumentCache())
    cache.clear()
    assert resolve_published("sample").document["description"] == "stored"


def test_documents_are_kept_up_to_a_size_those_used_last_stay():
    kept = published.DocumentCache()
    half = published.MAX_CACHED_LENGTH // 2
    kept.put("a", {"is": "a"}, half)
    kept.put("b", {"is": "b"}, half)
    assert kept.get("a") == {"is": "a"}
    kept.put("c", {"is": "c"}, half)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == ({"is": "a"}, None, {"is": "c"})


def test_a_document_larger_than_all_that_is_kept_is_not():
    kept = published.DocumentCache()
    kept.put("a", {}, published.MAX_CACHED_LENGTH + 1)
    assert kept.get("a") is None
