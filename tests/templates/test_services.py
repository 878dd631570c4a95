from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission

from apps.core.access import policy
from apps.core.errors import Forbidden, Hidden
from apps.core.models import User
from apps.templates.errors import DocumentInvalid, VersionExists
from apps.templates.models import (
    JobTemplate,
    JobTemplateGroupPermission,
    JobTemplateUserPermission,
    TemplateVersion,
    VersionStatus,
)
from apps.templates.services.create import create_version
from apps.templates.services.imports import import_version
from apps.templates.services.read import get_version
from tests.support.documents import noop_document
from tests.templates.conftest import person

pytestmark = pytest.mark.django_db


def give(user: User, template: JobTemplate, *actions: str) -> None:
    policy.grant_creator(user, [template], actions)


def made(*args: Any, **kwargs: Any) -> JobTemplate:
    """The template of a version that was just made."""
    return JobTemplate.objects.get(pk=create_version(*args, **kwargs).version.template_pk)


def test_a_new_template_is_stored_whole_and_published(author):
    document = noop_document(labels={"a": "b"}, output={"x": 1.5})
    version = create_version(author, document=document).version
    version.refresh_from_db()
    assert version.document == document
    assert (version.version, version.status, version.created_by) == ("1.0.0", VersionStatus.PUBLISHED, "author")
    assert version.published_at is not None


def test_a_draft_is_not_published(author):
    version = create_version(author, document=noop_document(), draft=True).version
    assert (version.status, version.published_at) == (VersionStatus.DRAFT, None)


def test_who_makes_a_template_may_do_all_with_it(author, stranger):
    template = made(author, document=noop_document())
    actions = ("view", "change", "start", "delete")
    assert policy.held_actions(author, JobTemplate, [template.pk], actions)[template.pk] == set(actions)
    assert policy.held_actions(stranger, JobTemplate, [template.pk], actions)[template.pk] == frozenset()


def test_the_system_makes_templates_that_nobody_owns(db):
    version = create_version(policy.SYSTEM, document=noop_document()).version
    assert version.created_by == ""
    assert not JobTemplateUserPermission.objects.exists()


def test_a_new_template_asks_for_the_permission_to_add(db):
    with pytest.raises(Forbidden):
        create_version(person("guest"), document=noop_document())
    assert not JobTemplate.objects.exists()


def test_a_further_version_asks_for_change_on_the_template(author):
    template = made(author, document=noop_document())
    editor, viewer = person("editor"), person("viewer")
    give(editor, template, "view", "change")
    give(viewer, template, "view")
    with pytest.raises(Forbidden):
        create_version(viewer, document=noop_document(version="1.1.0"))
    create_version(editor, document=noop_document(version="1.1.0"))
    assert TemplateVersion.objects.filter(template_pk=template.pk).count() == 2


def test_a_template_of_others_is_hidden_from_who_adds_to_it(author, stranger):
    create_version(author, document=noop_document())
    with pytest.raises(Hidden):
        create_version(stranger, document=noop_document(version="1.1.0"))


def test_a_version_is_never_made_twice(author):
    create_version(author, document=noop_document())
    with pytest.raises(VersionExists):
        create_version(author, document=noop_document(name="Other"))
    assert TemplateVersion.objects.get().document == noop_document()


def test_a_draft_takes_its_version_too(author):
    create_version(author, document=noop_document(), draft=True)
    with pytest.raises(VersionExists):
        create_version(author, document=noop_document())


def test_of_a_bad_document_nothing_is_stored(author):
    with pytest.raises(DocumentInvalid) as caught:
        create_version(author, document=noop_document(version="1"))
    assert [problem.pointer for problem in caught.value.problems] == ["/version"]
    assert not JobTemplate.objects.exists()


def test_a_template_is_called_what_its_newest_published_version_calls_it(author):
    for version, name, draft in [("2.0.0", "Two", False), ("1.0.0", "One", False), ("3.0.0", "Three", True)]:
        create_version(author, document=noop_document(version=version, name=name), draft=draft)
    assert JobTemplate.objects.get().name == "Two"
    create_version(author, document=noop_document(version="4.0.0"))
    assert JobTemplate.objects.get().name == "sample"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [(None, "1.10.0"), ("latest", "1.10.0"), ("1.2.0", "1.2.0"), ("~1.2", "1.2.0"), ("2.0.0", "2.0.0"), ("", "1.10.0")],
)
def test_a_version_is_found_by_its_number_or_the_newest_published_by_range(author, wanted, found):
    for version in ("1.10.0", "1.2.0"):
        create_version(author, document=noop_document(version=version))
    create_version(author, document=noop_document(version="2.0.0"), draft=True)
    assert get_version(author, template_id="sample", version=wanted).version == found


@pytest.mark.parametrize("wanted", ["^2", "3.0.0", "not a range", "\0"])
def test_a_version_that_is_not_there_is_hidden(author, wanted):
    create_version(author, document=noop_document())
    with pytest.raises(Hidden):
        get_version(author, template_id="sample", version=wanted)


@pytest.mark.parametrize("template_id", ["other", "", "a b", "\0"])
def test_a_template_that_is_not_there_is_hidden(author, template_id):
    with pytest.raises(Hidden):
        get_version(author, template_id=template_id)


def test_a_template_is_hidden_from_who_may_not_view_it(author, stranger):
    template = made(author, document=noop_document())
    with pytest.raises(Hidden):
        get_version(stranger, template_id="sample")
    give(stranger, template, "view")
    assert get_version(stranger, template_id="sample").version == "1.0.0"


def test_a_group_may_be_given_a_template(author, stranger):
    template = made(author, document=noop_document())
    group = Group.objects.create(name="readers")
    stranger.groups.add(group)
    permission = Permission.objects.get(codename="view_jobtemplate")
    JobTemplateGroupPermission.objects.create(group=group, permission=permission, content_object=template)
    assert get_version(stranger, template_id="sample").version == "1.0.0"


def test_the_same_document_imported_again_changes_nothing(author):
    _, stored = import_version(author, document=noop_document())
    _, stored_again = import_version(author, document=noop_document())
    assert (stored, stored_again) == (True, False)
    assert TemplateVersion.objects.count() == 1


def test_another_document_for_a_version_is_not_imported(author):
    import_version(author, document=noop_document())
    with pytest.raises(VersionExists):
        import_version(author, document=noop_document(name="Other"))


def test_an_owner_gets_what_a_maker_gets_however_often(author):
    for _ in range(2):
        version, _ = import_version(policy.SYSTEM, document=noop_document(), owner=author)
    rows = JobTemplateUserPermission.objects.filter(user=author, content_object_id=version.template_pk)
    assert {row.permission.codename for row in rows} == {
        "view_jobtemplate",
        "change_jobtemplate",
        "start_jobtemplate",
        "delete_jobtemplate",
    }
    assert rows.count() == 4
