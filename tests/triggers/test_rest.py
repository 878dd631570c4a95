"""``/api/v1/triggers``: made, read, replaced, deleted, and who may."""

from typing import Any

import pytest
from django.test import Client
from guardian.shortcuts import assign_perm, remove_perm

from apps.core.models import User
from apps.templates.models import JobTemplate
from apps.workflows.models import Trigger
from tests.support.people import client_of, publish
from tests.support.problems import pointers, problem
from tests.support.statements import counted

URL = "/api/v1/triggers"
BODY: dict[str, Any] = {
    "name": "orders",
    "topic": "shop.orders",
    "filter": 'event.type == "placed"',
    "templateId": "sample",
    "version": "^1.0",
    "input": {"amount": "${event.data.amount}"},
    "enabled": True,
}


def post(client: Client, **keys: Any) -> Any:
    return client.post(URL, {**BODY, **keys}, "application/json")


def put(client: Client, **keys: Any) -> Any:
    return client.put(f"{URL}/orders", {**BODY, **keys}, "application/json")


def test_a_trigger_is_made_and_read(as_ann: Client):
    made = post(as_ann)
    assert made.status_code == 201
    assert {key: made.json()[key] for key in BODY} == BODY
    assert made.json()["owner"] == "ann"
    assert as_ann.get(made["location"]).json() == made.json()


def test_what_is_left_out_has_a_default(as_ann: Client):
    made = as_ann.post(URL, {"name": "n", "topic": "t", "templateId": "sample"}, "application/json")
    assert made.status_code == 201
    told = {key: made.json()[key] for key in ("filter", "version", "input", "enabled")}
    assert told == {"filter": "true", "version": None, "input": {}, "enabled": True}


@pytest.mark.parametrize(
    ("keys", "where"),
    [
        ({"name": "a/b"}, ["/name"]),
        ({"name": ""}, ["/name"]),
        ({"topic": "a:b"}, ["/topic"]),
        ({"topic": ".."}, ["/topic"]),
        ({"topic": "pilots.default"}, ["/topic"]),
        ({"topic": "x" * 250}, ["/topic"]),
        ({"filter": "event.type =="}, ["/filter"]),
        ({"filter": "input.a == 1"}, ["/filter"]),
        ({"filter": "event.data.map(x, x)"}, ["/filter"]),
        ({"filter": "1 + 1"}, ["/filter"]),
        ({"filter": 7}, ["/filter"]),
        ({"filter": "x" * 1001}, ["/filter"]),
        ({"templateId": "nothing"}, ["/templateId"]),
        ({"version": "^2.0"}, ["/version"]),
        ({"version": "two"}, ["/version"]),
        ({"input": {"a": "${input.x}"}}, ["/input/a"]),
        ({"input": {"a": ["${event.payload}"]}}, ["/input/a/0"]),
        ({"input": {"a": "${API_KEY}"}}, ["/input/a"]),
        ({"input": {"a": "${event"}}, ["/input/a"]),
        ({"input": {"amount": "text"}}, ["/input/amount"]),
        ({"enabled": 1}, ["/enabled"]),
        ({"extra": 1}, ["/extra"]),
        (
            {"topic": "a b", "filter": "?", "version": "two", "input": "${x}"},
            ["/filter", "/input", "/topic", "/version"],
        ),
    ],
)
def test_each_mistake_is_pointed_at_and_nothing_stored(as_ann: Client, keys: dict[str, Any], where: list[str]):
    assert pointers(post(as_ann, **keys)) == where
    assert not Trigger.objects.exists()


def test_a_body_that_is_no_object_is_refused(as_ann: Client):
    assert pointers(as_ann.post(URL, [], "application/json")) == [""]


@pytest.mark.parametrize("key", ["name", "topic", "templateId"])
def test_a_key_that_is_needed_is_asked_for(as_ann: Client, key: str):
    body = {name: value for name, value in BODY.items() if name != key}
    assert pointers(as_ann.post(URL, body, "application/json")) == [f"/{key}"]


def test_a_name_is_taken_once(as_ann: Client):
    assert post(as_ann).status_code == 201
    problem(post(as_ann, topic="other"), 409)
    assert Trigger.objects.get().topic == "shop.orders"


def test_a_trigger_is_replaced(as_ann: Client):
    post(as_ann)
    answer = put(as_ann, topic="other", enabled=False)
    assert (answer.status_code, answer.json()["topic"], answer.json()["enabled"]) == (200, "other", False)
    assert as_ann.get(f"{URL}/orders").json() == answer.json()


def test_replacing_takes_the_name_of_the_address_or_none(as_ann: Client):
    post(as_ann)
    assert pointers(put(as_ann, name="other")) == ["/name"]
    body = {name: value for name, value in BODY.items() if name != "name"}
    assert as_ann.put(f"{URL}/orders", body, "application/json").status_code == 200


def test_a_mistake_in_a_replacement_changes_nothing(as_ann: Client):
    post(as_ann)
    assert pointers(put(as_ann, topic="a b")) == ["/topic"]
    assert Trigger.objects.get().topic == "shop.orders"


def test_a_trigger_is_deleted(as_ann: Client):
    post(as_ann)
    assert as_ann.delete(f"{URL}/orders").status_code == 204
    problem(as_ann.get(f"{URL}/orders"), 404)


@pytest.mark.parametrize("name", ["nothing", "a%00b", "%2F", "x" * 300])
def test_what_is_not_there_is_not_found(as_ann: Client, name: str):
    problem(as_ann.get(f"{URL}/{name}"), 404)


def test_the_list_has_pages_and_a_constant_cost(ann: User, as_ann: Client):
    for number in range(3):
        post(as_ann, name=f"t{number}")
    first = as_ann.get(f"{URL}?limit=2").json()
    assert [one["name"] for one in first["items"]] == ["t0", "t1"]
    rest = as_ann.get(first["next"]).json()
    assert ([one["name"] for one in rest["items"]], rest["next"]) == (["t2"], None)
    assert statements(as_ann, 1) == statements(as_ann, 3)


def statements(client: Client, limit: int) -> int:
    with counted() as count:
        assert len(client.get(f"{URL}?limit={limit}").json()["items"]) == limit
    return count.number


# -- who may -----------------------------------------------------------------------------------------


def test_making_a_trigger_needs_the_permission_for_it(db: None, redis_server: Any):
    user = User.objects.create_user("carl")
    publish(user)
    problem(post(client_of(user)), 403)


def test_a_template_that_one_may_not_see_is_unknown_and_one_that_one_may_not_start_forbidden(
    ann: User, bob: User, as_bob: Client
):
    assert pointers(post(as_bob)) == ["/templateId"]
    assign_perm("view_jobtemplate", bob, JobTemplate.objects.get())
    problem(post(as_bob), 403)
    assert not Trigger.objects.exists()


def test_a_trigger_is_there_for_those_only_who_may_view_it(as_ann: Client, bob: User, as_bob: Client):
    post(as_ann)
    for answer in (as_bob.get(f"{URL}/orders"), put(as_bob), as_bob.delete(f"{URL}/orders")):
        problem(answer, 404)
    assert as_bob.get(URL).json()["items"] == []
    assign_perm("view_trigger", bob, Trigger.objects.get())
    assert as_bob.get(f"{URL}/orders").status_code == 200
    assert len(as_bob.get(URL).json()["items"]) == 1
    problem(put(as_bob), 403)
    problem(as_bob.delete(f"{URL}/orders"), 403)


def test_who_changes_a_trigger_must_be_allowed_to_start_its_template(as_ann: Client, bob: User, as_bob: Client):
    post(as_ann)
    for action in ("view", "change"):
        assign_perm(f"{action}_trigger", bob, Trigger.objects.get())
    assert pointers(put(as_bob)) == ["/templateId"]
    for action in ("view", "start"):
        assign_perm(f"{action}_jobtemplate", bob, JobTemplate.objects.get())
    assert put(as_bob).json()["owner"] == "ann"


def test_a_withdrawn_permission_ends_at_once(ann: User, as_ann: Client):
    post(as_ann)
    remove_perm("view_trigger", ann, Trigger.objects.get())
    problem(as_ann.get(f"{URL}/orders"), 404)


def test_without_a_token_there_is_nothing(db: None):
    problem(Client().get(URL), 401)
