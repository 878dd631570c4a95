"""An act that ends between its write and its relay, and a MongoDB that is away."""

from datetime import timedelta

import pytest
from django.db import OperationalError

from apps.core.access import policy
from apps.core.models import User
from apps.core.processes.outages import is_outage
from apps.events import relay_registry
from apps.events.models import Event
from apps.templates.models import JobTemplate, TemplateVersion
from apps.templates.services.create import create_version
from apps.templates.services.lifecycle import delete, deprecate
from apps.templates.storage import store
from apps.templates.storage.published import resolve_published
from tests.support.documents import noop_document
from tests.support.people import client_of
from tests.support.waiting import eventually

pytestmark = pytest.mark.django_db


def make(version: str) -> TemplateVersion:
    return create_version(policy.SYSTEM, document=noop_document(version=version)).version


@pytest.fixture
def interrupted(monkeypatch, mongodb_server) -> TemplateVersion:
    """1.1.0 was written to MongoDB; then SQL was away."""
    make("1.0.0")
    with monkeypatch.context() as patch:
        patch.setattr(store, "locked", _away)
        with pytest.raises(OperationalError):
            make("1.1.0")
    return TemplateVersion.objects.get(version="1.1.0")


def _away(template_pk: object) -> None:
    raise OperationalError("away")


def told() -> list[str]:
    return [row.data["version"] for row in Event.objects.filter(topic="base-shift.templates").order_by("id")]


def later(version: TemplateVersion) -> None:
    """As if the relay's patience were over."""
    left_behind = version.pending_since - 2 * store.RELAY_GRACE
    TemplateVersion.objects.filter(pk=version.pk).update(pending_since=left_behind)


def test_the_event_travels_in_the_document_until_it_is_relayed(interrupted):
    assert [event["kind"] for event in interrupted.pending_events] == ["published"]
    assert told() == ["1.0.0"]
    later(interrupted)
    assert relay_registry.relays()["templates"](100) == 1
    assert told() == ["1.0.0", "1.1.0"]
    interrupted.refresh_from_db()
    assert (interrupted.pending_events, interrupted.pending_since) == ([], None)
    assert relay_registry.relays()["templates"](100) == 0


def test_after_the_relay_everybody_finds_the_version(interrupted):
    assert resolve_published("sample").version == "1.0.0"
    later(interrupted)
    store.relay_pending(100)
    assert resolve_published("sample").version == "1.1.0"
    assert JobTemplate.objects.get().newest_version == "1.1.0"


def test_an_act_that_is_still_under_way_is_left_to_itself(interrupted, monkeypatch):
    # However long this test takes.
    monkeypatch.setattr(store, "RELAY_GRACE", timedelta(hours=1))
    assert interrupted.pending_since > store.now() - timedelta(hours=1)
    TemplateVersion.objects.filter(pk=interrupted.pk).update(pending_since=store.now())
    assert store.relay_pending(100) == 0


def test_an_event_that_the_outbox_has_is_not_put_there_again(interrupted):
    later(interrupted)
    events = interrupted.pending_events
    store.relay_pending(100)
    # As after a relay that was killed before the document let go of its events.
    TemplateVersion.objects.filter(pk=interrupted.pk).update(pending_events=events)
    later(interrupted)
    assert store.relay_pending(100) == 1
    assert told() == ["1.0.0", "1.1.0"]


def test_a_further_act_takes_the_event_that_was_left_along(interrupted):
    deprecate(policy.SYSTEM, template_id="sample", version="1.1.0")
    assert told() == ["1.0.0", "1.1.0", "1.1.0"]
    assert resolve_published("sample").version == "1.0.0"


def test_a_late_relay_does_not_bring_back_what_was_deleted_meanwhile(interrupted):
    delete(policy.SYSTEM, template_id="sample")
    later(interrupted)
    store.relay_pending(100)
    assert not JobTemplate.objects.exists()


def test_while_mongodb_is_away_the_answer_is_503(mongodb_server):
    make("1.0.0")
    author = client_of(User.objects.create_superuser("root"))
    mongodb_server.kill()
    try:
        answer = author.get("/api/v1/templates/sample")
        assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
        assert "Retry-After" in answer
        assert author.post("/api/v1/templates", noop_document(version="2.0.0"), "application/json").status_code == 503
        assert author.get("/readyz").json()["parts"]["mongodb"] == "away"
    finally:
        mongodb_server.start()
    # The driver looks for the server now and then.
    eventually(lambda: author.get("/api/v1/templates/sample").status_code in (200, 404))


@pytest.mark.parametrize("error", [None, ValueError(), RuntimeError()])
def test_not_every_error_is_an_outage(error):
    assert not is_outage(error)
