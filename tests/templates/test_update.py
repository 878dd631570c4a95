"""Changing a template: the next version of its newest document, and drafts in their place."""

import pytest

from apps.core.access import policy
from apps.core.errors import Conflict, Forbidden, Hidden, Invalid, Stale
from apps.templates.errors import DocumentInvalid, UpdateTooSmall, VersionExists
from apps.templates.models import TemplateVersion, VersionStatus
from apps.templates.services.create import create_version
from apps.templates.services.lifecycle import deprecate
from apps.templates.services.read import etag, get_version
from apps.templates.services.update import replace_draft, update_template
from tests.support.documents import noop_document
from tests.templates.conftest import person

pytestmark = pytest.mark.django_db


def changed(**keys: object) -> dict[str, object]:
    """A document as it is sent for an update: without a version."""
    document = noop_document(**keys)
    del document["version"]
    return document


def update(actor, update_type="patch", if_match=None, **keys):
    return update_template(
        actor, template_id="sample", document=changed(**keys), update_type=update_type, if_match=if_match
    ).version


@pytest.mark.parametrize(("kind", "after"), [("patch", "1.2.4"), ("minor", "1.3.0"), ("major", "2.0.0")])
def test_an_update_is_the_next_version_of_its_kind(author, kind, after):
    create_version(author, document=noop_document(version="1.2.3"))
    version = update(author, kind, description="changed")
    assert (version.version, version.status) == (after, VersionStatus.PUBLISHED)
    assert version.document["description"] == "changed"
    assert get_version(author, template_id="sample").version == after


def test_an_update_follows_the_newest_published_version_not_the_one_stored_last(author):
    for number in ("2.0.0", "1.0.0"):
        create_version(author, document=noop_document(version=number))
    create_version(author, document=noop_document(version="3.0.0"), draft=True)
    assert update(author).version == "2.0.1"


def test_after_a_pre_release_comes_its_release(author):
    create_version(author, document=noop_document(version="2.0.0-rc.1"))
    assert update(author).version == "2.0.0"


def test_numbers_of_drafts_and_deprecated_versions_are_passed_over(author):
    create_version(author, document=noop_document())
    create_version(author, document=noop_document(version="1.0.1"), draft=True)
    create_version(author, document=noop_document(version="1.0.2"))
    deprecate(author, template_id="sample", version="1.0.2")
    assert update(author).version == "1.0.3"


def test_the_document_keeps_its_order_of_keys_and_gets_its_version_second(author):
    create_version(author, document=noop_document())
    document = {"steps": noop_document()["steps"], "outputSchema": {}, "inputSchema": {}}
    version = update_template(author, template_id="sample", document=document).version
    assert list(TemplateVersion.objects.get(pk=version.pk).document) == [
        "templateId",
        "version",
        "steps",
        "outputSchema",
        "inputSchema",
    ]


def test_who_has_read_the_newest_version_may_change_it(author):
    read = create_version(author, document=noop_document()).version
    first = update(author, if_match={etag(read)}, description="one")
    second = update(author, if_match={'"of something else"', etag(first)}, description="two")
    assert second.version == "1.0.2"


def test_who_has_read_an_older_version_may_not(author):
    read = create_version(author, document=noop_document()).version
    update(author, description="meanwhile")
    with pytest.raises(Stale):
        update(author, if_match={etag(read)}, description="lost")
    assert get_version(author, template_id="sample").document["description"] == "meanwhile"


def test_any_version_matches_a_star(author):
    create_version(author, document=noop_document())
    assert update(author, if_match={"*"}).version == "1.0.1"


def test_a_template_of_drafts_alone_cannot_be_updated(author):
    create_version(author, document=noop_document(), draft=True)
    with pytest.raises(Conflict):
        update(author)


@pytest.mark.parametrize(
    ("keys", "pointer"), [({"version": "9.0.0"}, "/version"), ({"templateId": "other"}, "/templateId")]
)
def test_an_update_names_neither_a_version_nor_another_template(author, keys, pointer):
    create_version(author, document=noop_document())
    with pytest.raises(Invalid) as caught:
        update_template(author, template_id="sample", document=changed() | keys)
    assert [problem.pointer for problem in caught.value.problems] == [pointer]


@pytest.mark.parametrize("document", [None, [], "text", 1])
def test_what_is_no_document_is_refused(author, document):
    create_version(author, document=noop_document())
    with pytest.raises(Invalid):
        update_template(author, template_id="sample", document=document)


def test_every_error_of_an_update_is_told_and_nothing_stored(author):
    create_version(author, document=noop_document())
    with pytest.raises(DocumentInvalid) as caught:
        update(author, timeout="soon", colour="red")
    assert {problem.pointer for problem in caught.value.problems} == {"/timeout", "/colour"}
    assert TemplateVersion.objects.count() == 1


def test_an_update_asks_for_change_on_the_template(author, stranger):
    template_pk = create_version(author, document=noop_document()).version.template_pk
    viewer = person("viewer", "view_jobtemplate")
    with pytest.raises(Forbidden):
        update(viewer)
    with pytest.raises(Hidden):
        update(stranger)
    assert TemplateVersion.objects.filter(template_pk=template_pk).count() == 1


# -- what an update breaks


RENAMED = {"steps": [{"name": "renamed", "type": "noop", "config": {}}]}


def test_who_breaks_more_than_the_number_admits_is_warned(author):
    create_version(author, document=noop_document())
    stored = update_template(author, template_id="sample", document=changed(**RENAMED))
    assert any("major" in warning for warning in stored.warnings)
    honest = update_template(author, template_id="sample", document=changed(), update_type="major")
    assert honest.warnings == ()


def test_a_version_of_ones_own_number_is_looked_at_as_well(author):
    create_version(author, document=noop_document(version="1.0.0"))
    create_version(author, document=noop_document(version="3.0.0", **RENAMED))
    assert create_version(author, document=noop_document(version="1.0.1", **RENAMED)).warnings
    assert not create_version(author, document=noop_document(version="3.0.1", **RENAMED)).warnings


def test_below_one_everything_may_change(author):
    create_version(author, document=noop_document(version="0.1.0"))
    assert not create_version(author, document=noop_document(version="0.1.1", **RENAMED)).warnings


def test_where_settings_say_so_it_is_refused(author, settings):
    settings.BREAKING_CHANGES = "refuse"
    create_version(author, document=noop_document())
    with pytest.raises(UpdateTooSmall) as caught:
        update(author, **RENAMED)
    assert caught.value.problems
    assert update(author, "major", **RENAMED).version == "2.0.0"


# -- drafts


def replace(actor, if_match=None, **keys):
    document = noop_document(**keys)
    return replace_draft(actor, template_id="sample", version="1.0.0", document=document, if_match=if_match).version


def test_a_draft_is_replaced_in_its_place(author):
    draft = create_version(author, document=noop_document(), draft=True).version
    replaced = replace(author, description="better", if_match={etag(draft)})
    assert (replaced.pk, replaced.status) == (draft.pk, VersionStatus.DRAFT)
    assert get_version(author, template_id="sample", version="1.0.0").document["description"] == "better"
    with pytest.raises(Stale):
        replace(author, description="lost", if_match={etag(draft)})


def test_what_is_published_is_not_replaced(author):
    create_version(author, document=noop_document())
    with pytest.raises(Conflict):
        replace(author, description="other")
    assert "description" not in get_version(author, template_id="sample").document


@pytest.mark.parametrize("keys", [{"version": "2.0.0"}, {"templateId": "other"}, {"timeout": "soon"}])
def test_a_draft_is_replaced_by_a_right_document_of_its_own_version_only(author, keys):
    create_version(author, document=noop_document(), draft=True)
    with pytest.raises(Invalid):
        replace(author, **keys)


def test_the_same_version_is_not_made_beside_a_draft(author):
    create_version(author, document=noop_document(), draft=True)
    with pytest.raises(VersionExists):
        create_version(policy.SYSTEM, document=noop_document())
