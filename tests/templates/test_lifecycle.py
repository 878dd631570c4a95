"""Draft, published, deprecated, deleted; and what the world is told of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.access import policy
from apps.core.errors import Conflict, Forbidden, Hidden
from apps.core.ids import uuid7
from apps.core.times import rfc3339
from apps.events.models import Event
from apps.templates import usage
from apps.templates.errors import DocumentInvalid, TemplateUnknown, VersionExists, VersionUnknown
from apps.templates.models import JobTemplate, TemplateVersion, VersionStatus
from apps.templates.services.create import create_version
from apps.templates.services.lifecycle import delete, delete_draft, deprecate, publish
from apps.templates.services.read import get_version, published_templates
from apps.templates.storage import store
from apps.templates.storage.published import resolve_published
from apps.workflows.models import DocumentSnapshot, Workflow
from apps.workflows.services.requests import StartRequest
from apps.workflows.services.start import start
from tests.support.documents import noop_document
from tests.templates.conftest import person

pytestmark = pytest.mark.django_db


def make(actor, version="1.0.0", *, draft=False, **keys) -> TemplateVersion:
    return create_version(actor, document=noop_document(version=version, **keys), draft=draft).version


def told() -> list[tuple[str, str]]:
    """Kind and version of each event about templates, in the order of the outbox."""
    rows = Event.objects.filter(topic="base-shift.templates").order_by("id")
    return [(row.type.removeprefix("baseshift.template."), row.data["version"]) for row in rows]


def test_a_draft_is_published(author):
    make(author, draft=True)
    version = publish(author, template_id="sample", version="1.0.0").version
    stored = TemplateVersion.objects.get(pk=version.pk)
    assert (stored.status, stored.publication) == (VersionStatus.PUBLISHED, 1)
    assert stored.published_at is not None
    assert resolve_published("sample").version == "1.0.0"


def test_what_is_published_stays_so_however_often_it_is_asked_for(author):
    before = make(author)
    after = publish(author, template_id="sample", version="1.0.0").version
    assert after.published_at == TemplateVersion.objects.get(pk=before.pk).published_at
    assert told() == [("published", "1.0.0")]


def test_a_draft_that_holds_no_more_is_not_published(author):
    draft = make(author, draft=True)
    # As after a step type has gone that it uses.
    TemplateVersion.objects.filter(pk=draft.pk).update(text=draft.text.replace('"noop"', '"gone"'))
    with pytest.raises(DocumentInvalid):
        publish(author, template_id="sample", version="1.0.0")


def test_a_deprecated_version_is_read_but_not_started(author):
    make(author)
    make(author, "1.1.0")
    deprecate(author, template_id="sample", version="1.1.0")
    assert get_version(author, template_id="sample", version="1.1.0").status == VersionStatus.DEPRECATED
    assert get_version(author, template_id="sample").version == resolve_published("sample").version == "1.0.0"
    assert resolve_published("sample", "^1").version == "1.0.0"
    with pytest.raises(VersionUnknown):
        resolve_published("sample", "1.1.0")


def test_without_a_published_version_a_template_is_not_listed(author):
    make(author)
    deprecate(author, template_id="sample", version="1.0.0")
    assert not published_templates(author).exists()
    with pytest.raises(VersionUnknown):
        resolve_published("sample")


def test_a_deprecated_version_comes_back_neither_by_publishing_nor_by_making(author):
    make(author)
    deprecate(author, template_id="sample", version="1.0.0")
    assert deprecate(author, template_id="sample", version="1.0.0").status == VersionStatus.DEPRECATED
    with pytest.raises(Conflict):
        publish(author, template_id="sample", version="1.0.0")
    with pytest.raises(VersionExists):
        make(author)


def test_a_draft_is_not_deprecated_but_deleted(author):
    make(author, draft=True)
    with pytest.raises(Conflict):
        deprecate(author, template_id="sample", version="1.0.0")
    delete_draft(author, template_id="sample", version="1.0.0")
    assert not TemplateVersion.objects.exists()
    assert make(author).version == "1.0.0"


def test_what_was_published_is_not_deleted_as_a_draft(author):
    make(author)
    with pytest.raises(Conflict):
        delete_draft(author, template_id="sample", version="1.0.0")


ACTS = {
    "publish": lambda actor: publish(actor, template_id="sample", version="1.0.0"),
    "deprecate": lambda actor: deprecate(actor, template_id="sample", version="1.0.0"),
    "delete draft": lambda actor: delete_draft(actor, template_id="sample", version="1.0.0"),
    "delete": lambda actor: delete(actor, template_id="sample"),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_each_act_asks_for_its_permission(author, stranger, act):
    make(author, draft=True)
    with pytest.raises(Hidden):
        act(stranger)
    with pytest.raises(Forbidden):
        act(person("viewer", "view_jobtemplate"))
    assert TemplateVersion.objects.get().status == VersionStatus.DRAFT


@pytest.mark.parametrize("version", ["9.9.9", "^1", "latest", "\0", ""])
@pytest.mark.parametrize("act", [publish, deprecate, delete_draft])
def test_an_act_names_one_version_by_its_number(author, act, version):
    make(author)
    with pytest.raises(Hidden):
        act(author, template_id="sample", version=version)


# -- deleting


def test_a_deleted_template_is_not_there_for_anybody(author, redis_server):
    make(author)
    delete(author, template_id="sample")
    for actor in (author, policy.SYSTEM):
        assert not published_templates(actor).exists()
        with pytest.raises(Hidden):
            get_version(actor, template_id="sample")
    with pytest.raises(TemplateUnknown):
        resolve_published("sample")


def test_while_workflows_run_on_it_a_template_stays(author, redis_server):
    make(author)
    started = start(author, StartRequest(template_id="sample", input={})).workflow
    assert usage.in_use("sample")
    with pytest.raises(Conflict):
        delete(author, template_id="sample")
    Workflow.objects.filter(pk=started.pk).update(state="CANCELLED")
    delete(author, template_id="sample")
    assert DocumentSnapshot.objects.get(pk=started.document_id).body == noop_document()


def test_who_may_change_it_brings_it_back_with_a_further_version(author, stranger):
    make(author)
    delete(author, template_id="sample")
    with pytest.raises(Hidden):
        make(stranger, "2.0.0")
    with pytest.raises(VersionExists):
        make(author)
    with pytest.raises(Conflict):
        make(author, "2.0.0", draft=True)
    assert not JobTemplate.objects.exists()
    make(author, "2.0.0")
    assert resolve_published("sample", "1.0.0").version == "1.0.0"
    assert [row.newest_version for row in published_templates(author)] == ["2.0.0"]


def test_whose_clock_is_behind_brings_it_back_as_well(author):
    make(author)
    delete(author, template_id="sample")
    JobTemplate.everything.update(deleted_at=timezone.now() + timedelta(minutes=1))
    make(author, "2.0.0")
    assert resolve_published("sample").version == "2.0.0"


def test_taking_an_older_version_out_of_use_brings_nothing_back(author):
    version = make(author)
    delete(author, template_id="sample")
    # As by somebody who asked for it just before.
    assert store.change(version, "deprecated", status=VersionStatus.DEPRECATED)
    assert not JobTemplate.objects.exists()


def test_every_act_is_told_in_order_and_nothing_else(author):
    make(author, draft=True)
    publish(author, template_id="sample", version="1.0.0")
    make(author, "1.1.0")
    deprecate(author, template_id="sample", version="1.1.0")
    delete(author, template_id="sample")
    assert told() == [("published", "1.0.0"), ("published", "1.1.0"), ("deprecated", "1.1.0"), ("deleted", "1.0.0")]
    event = Event.objects.filter(topic="base-shift.templates").first()
    assert (event.key, event.subject) == ("sample", "sample")
    assert event.data == {"templateId": "sample", "version": "1.0.0", "state": "published"}


# -- what was left behind


def left_behind(version: TemplateVersion) -> None:
    """As an act leaves it that ended before its relay."""
    moment = store.now() - 2 * store.RELAY_GRACE
    event = {"id": str(uuid7()), "kind": "published", "time": rfc3339(moment)}
    TemplateVersion.objects.filter(pk=version.pk).update(pending_events=[event], pending_since=moment)


def test_a_version_whose_template_is_gone_holds_up_no_other(author):
    lost, other = make(author, templateId="lost"), make(author, templateId="other")
    for version in (lost, other):
        left_behind(version)
    TemplateVersion.objects.filter(pk=lost.pk).update(template_pk=uuid7())
    before = len(told())
    with pytest.raises(LookupError, match="lost"):
        store.relay_pending(100)
    assert len(told()) == before + 1
    other.refresh_from_db()
    assert other.pending_events == []
