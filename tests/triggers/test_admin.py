"""Triggers in the admin: what one sees, the form, the switch, replays."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm

from apps.core.models import User
from apps.events.models import DeadLetter
from apps.workflows.models import Trigger, TriggerFailure, TriggerTopic
from apps.workflows.triggers import failures
from apps.workflows.triggers.dispatch import DispatchFailed
from apps.workflows.triggers.messages import IncomingMessage
from tests.support.admin_pages import SCRIPT, browser, staff
from tests.support.people import publish
from tests.support.servers import RedisServer
from tests.support.triggers import make

FORM: dict[str, Any] = {
    **{"name": "orders", "topic": "shop.orders", "filter": "true", "template": "sample", "version": ""},
    **{"input": '{"amount": "${event.data.amount}"}', "enabled": "on"},
}
LIST = reverse("admin:workflows_trigger_changelist")
ADD = reverse("admin:workflows_trigger_add")


@pytest.fixture
def ann(db: None, redis_server: RedisServer) -> Iterator[User]:
    ann = staff("ann", "add_trigger")
    publish(ann)
    yield User.objects.get(pk=ann.pk)
    cache.clear()


@pytest.fixture
def anns(ann: User) -> Client:
    return browser(ann)


@pytest.fixture
def sam(db: None) -> User:
    return staff("sam")


@pytest.fixture
def sams(sam: User) -> Client:
    return browser(sam)


def at(name: str, trigger: Trigger) -> str:
    return reverse(f"admin:workflows_trigger_{name}", args=[trigger.pk])


def fail(trigger: Trigger, digest: str = "a", reason: str = SCRIPT, *, final: bool = True) -> TriggerFailure:
    event = {"topic": trigger.topic, "key": None, "data": SCRIPT}
    failures.record(trigger, IncomingMessage(event, digest), DispatchFailed(reason, final=final), timezone.now())
    return TriggerFailure.objects.get(digest=digest)


def problems(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200
    return dict(answer.context["form"].errors)


# -- the form ----------------------------------------------------------------------------------------


def test_the_form_stores_a_trigger_of_who_fills_it_in(ann: User, anns: Client):
    assert anns.get(ADD).status_code == 200
    answer = anns.post(ADD, FORM)
    trigger = Trigger.objects.get()
    assert answer["location"] == at("change", trigger)
    assert (trigger.owner, trigger.input, trigger.version) == (ann, {"amount": "${event.data.amount}"}, "")


@pytest.mark.parametrize(
    ("keys", "field"),
    [
        ({"name": "a b"}, "name"),
        ({"name": ""}, "name"),
        ({"topic": "a:b"}, "topic"),
        ({"filter": "event.a =="}, "filter"),
        ({"template": "nothing"}, "template"),
        ({"version": "^9"}, "version"),
        ({"input": "{"}, "input"),
        ({"input": '"${input.a}"'}, "input"),
    ],
)
def test_each_mistake_stands_beside_its_field_and_nothing_is_stored(anns: Client, keys: dict[str, Any], field: str):
    assert list(problems(anns.post(ADD, {**FORM, **keys}))) == [field]
    assert not Trigger.objects.exists()


def test_all_that_is_wrong_in_itself_is_told_at_once(anns: Client):
    wrong = {"topic": "a:b", "filter": "?", "version": "two"}
    assert sorted(problems(anns.post(ADD, {**FORM, **wrong}))) == ["filter", "topic", "version"]


def test_a_name_that_is_taken_is_said_above_the_form(ann: User, anns: Client):
    make(ann)
    assert list(problems(anns.post(ADD, FORM))) == ["__all__"]


def test_editing_shows_what_there_is_and_stores_what_is_sent(ann: User, anns: Client):
    trigger = make(ann, filter="event.key == 'a'")
    assert anns.get(at("edit", trigger)).context["form"]["filter"].value() == "event.key == 'a'"
    anns.post(at("edit", trigger), {**FORM, "topic": "other"})
    assert Trigger.objects.get().topic == "other"


# -- the page ----------------------------------------------------------------------------------------


def test_the_page_shows_failures_without_trusting_them(ann: User, anns: Client):
    trigger = make(ann)
    fail(trigger)
    page = anns.get(at("change", trigger)).content.decode()
    assert SCRIPT not in page
    assert "&lt;script&gt;" in page


def test_a_list_of_any_length_costs_the_same(ann: User, anns: Client, django_assert_num_queries: Any):
    for number in range(3):
        fail(make(ann, f"t{number}"), f"d{number}")
    anns.get(LIST)
    page = anns.get(LIST)
    assert [row.name for row in page.context["cl"].result_list] == ["t0", "t1", "t2"]
    assert "gave up" in page.content.decode()


def test_the_switch_turns_a_trigger_off_and_on(ann: User, anns: Client):
    trigger = make(ann)
    for enabled in (False, True):
        anns.post(at("switch", trigger), {"enabled": str(enabled).lower()})
        assert Trigger.objects.get().enabled is enabled


def test_a_trigger_is_deleted_with_its_failures(ann: User, anns: Client):
    trigger = make(ann)
    fail(trigger)
    assert anns.post(at("remove", trigger))["location"] == LIST
    assert not TriggerFailure.objects.exists()


def test_one_failure_is_replayed(ann: User, anns: Client):
    trigger = make(ann)
    first, second = fail(trigger, "a"), fail(trigger, "b")
    anns.post(at("replay", trigger), {"failure": str(first.pk)})
    assert list(TriggerFailure.objects.filter(next_try_at=None)) == [second]
    assert DeadLetter.objects.get(reference=str(first.pk)).replayed_at is not None


def test_all_failures_are_replayed(ann: User, anns: Client):
    trigger = make(ann)
    fail(trigger, "a")
    fail(trigger, "b")
    anns.post(at("replay", trigger))
    assert not TriggerFailure.objects.filter(next_try_at=None).exists()


def test_what_is_to_be_tried_again_anyway_is_not_hurried(ann: User, anns: Client):
    trigger, begun = make(ann), timezone.now()
    failure = fail(trigger, final=False)
    anns.post(at("replay", trigger), {"failure": str(failure.pk)})
    assert TriggerFailure.objects.get().next_try_at == failure.next_try_at
    assert failure.next_try_at is not None
    assert failure.next_try_at > begun


# -- who may -----------------------------------------------------------------------------------------

POSTS = ("switch", "remove", "replay", "edit")


def test_what_one_may_not_view_is_not_there(ann: User, sams: Client):
    trigger = make(ann)
    assert list(sams.get(LIST).context["cl"].result_list) == []
    assert sams.get(at("change", trigger)).status_code == 404
    assert [sams.post(at(name, trigger)).status_code for name in POSTS] == [404] * len(POSTS)


def test_who_may_only_view_may_do_nothing(ann: User, sam: User, sams: Client):
    trigger = make(ann)
    fail(trigger)
    assign_perm("view_trigger", sam, trigger)
    page = sams.get(at("change", trigger)).content.decode()
    assert "Replay" not in page
    assert "Disable" not in page
    assert [sams.post(at(name, trigger)).status_code for name in POSTS] == [403] * len(POSTS)


def test_making_a_trigger_needs_the_permission_for_it(sams: Client):
    assert sams.get(ADD).status_code == 403
    assert sams.post(ADD, FORM).status_code == 403


def test_a_template_that_one_may_not_start_is_refused(ann: User, sam: User, sams: Client):
    sam.user_permissions.add(Permission.objects.get(codename="add_trigger"))
    assert list(problems(sams.post(ADD, FORM))) == ["template"]


@pytest.mark.parametrize("name", ["switch", "remove", "replay"])
def test_acts_are_posts(ann: User, anns: Client, name: str):
    assert anns.get(at(name, make(ann))).status_code == 405


def test_how_far_consumers_are_is_for_those_whom_the_model_permission_lets_in(sams: Client):
    given = {"topic": "shop.orders", "reported_at": timezone.now()}
    row = TriggerTopic.objects.create(message_at=timezone.now(), waited=timedelta(seconds=1), **given)
    there = reverse("admin:workflows_triggertopic_changelist")
    page = reverse("admin:workflows_triggertopic_change", args=[row.pk])
    assert sams.get(there).status_code == 403
    let_in = browser(staff("engineer", "view_triggertopic"))
    assert "1.0 s" in let_in.get(there).content.decode()
    assert let_in.get(page).status_code == 200


def test_who_made_a_trigger_shares_it(ann: User, anns: Client, sam: User, sams: Client):
    trigger = make(ann)
    page = reverse("admin:workflows_trigger_permissions_manage_user", args=[trigger.pk, sam.pk])
    anns.post(page, {"permissions": ["view_trigger", "change_trigger"]})
    assert sams.get(at("change", trigger)).status_code == 200
    assert sams.post(at("switch", trigger), {"enabled": "false"}).status_code == 302
    assert sams.post(at("remove", trigger)).status_code == 403
    assert sams.get(page).status_code == 403
