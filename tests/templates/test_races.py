"""Several makers at once: one is first, the others are told so."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from apps.core.errors import Conflict, Refusal, Stale
from apps.core.models import User
from apps.events.models import Event
from apps.templates.comparison.compatibility import LEVELS
from apps.templates.errors import VersionExists
from apps.templates.models import JobTemplate, TemplateVersion
from apps.templates.services.create import StoredVersion, create_version
from apps.templates.services.lifecycle import publish
from apps.templates.services.read import etag, get_version
from apps.templates.services.update import replace_draft, update_template
from tests.support.documents import noop_document

MAKERS = 8
SAVERS = 6


@pytest.mark.django_db(transaction=True)
def test_of_many_that_make_the_same_version_at_once_one_does():
    author = User.objects.create_superuser("author")

    def make(_: int) -> bool:
        try:
            create_version(author, document=noop_document())
        except VersionExists:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(MAKERS) as pool:
        made = list(pool.map(make, range(MAKERS)))
    assert sorted(made) == [False] * (MAKERS - 1) + [True]
    assert (JobTemplate.objects.count(), TemplateVersion.objects.count()) == (1, 1)


def at_once(act, number: int = SAVERS) -> list[object]:
    """What each of several threads was told: a version, or the class of its refusal."""

    def run(index: int) -> object:
        try:
            return act(index).version.version
        except Refusal as refusal:
            return type(refusal)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


def document_of(index: int) -> dict[str, object]:
    document = noop_document(description=f"by {index}")
    del document["version"]
    return document


@pytest.fixture
def author(transactional_db) -> User:
    author = User.objects.create_superuser("author")
    create_version(author, document=noop_document())
    return author


def test_of_many_that_save_what_they_have_read_one_does(author):
    read = {etag(get_version(author, template_id="sample"))}

    def save(index: int) -> StoredVersion:
        # Each another kind of update: their numbers alone would not get in each other's way.
        kind = LEVELS[index % len(LEVELS)]
        return update_template(
            author, template_id="sample", document=document_of(index), update_type=kind, if_match=read
        )

    told = at_once(save)
    assert told.count(Stale) == SAVERS - 1
    assert TemplateVersion.objects.count() == 2


def test_of_many_that_save_without_saying_what_they_have_read_nobody_is_overwritten(author):
    told = at_once(lambda index: update_template(author, template_id="sample", document=document_of(index)))
    stored = [version for version in told if isinstance(version, str)]
    assert len(set(stored)) == len(stored) == TemplateVersion.objects.count() - 1
    assert {answer for answer in told if not isinstance(answer, str)} <= {Conflict}


def test_versions_of_different_numbers_are_all_made_and_each_has_its_place(author):
    told = at_once(lambda index: create_version(author, document=noop_document(version=f"2.{index}.0")))
    assert set(told) == {f"2.{index}.0" for index in range(SAVERS)}
    places = TemplateVersion.objects.values_list("publication", flat=True)
    assert sorted(places) == list(range(1, SAVERS + 2))
    # Who lost a place and took the next one has published once, too.
    assert Event.objects.filter(topic="base-shift.templates").count() == SAVERS + 1
    assert get_version(author, template_id="sample").version == f"2.{SAVERS - 1}.0"


def test_a_draft_that_many_publish_is_published_once(author):
    create_version(author, document=noop_document(version="2.0.0"), draft=True)
    told = at_once(lambda index: publish(author, template_id="sample", version="2.0.0"))
    assert told == ["2.0.0"] * SAVERS
    events = Event.objects.filter(topic="base-shift.templates", data__version="2.0.0")
    assert events.count() == 1


def test_a_draft_that_many_replace_is_nobodys_by_accident(author):
    draft = create_version(author, document=noop_document(version="2.0.0"), draft=True).version

    def replace(index: int) -> StoredVersion:
        document = noop_document(version="2.0.0", description=f"by {index}")
        return replace_draft(author, template_id="sample", version="2.0.0", document=document, if_match={etag(draft)})

    told = at_once(replace)
    assert sorted(told, key=str) == sorted(["2.0.0", *[Stale] * (SAVERS - 1)], key=str)
