"""Two people change one pool: by its entity tag nobody overwrites what they have not read."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.core.access.policy import SYSTEM
from apps.pods.models import PodPool
from apps.pods.services import pools
from tests.support.pod_work import measured, pod_of
from tests.support.problems import pointers, problem

URL = "/api/v1/pod-pools"
GPU = f"{URL}/gpu"
JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
# Numbers as people write them: they are stored as other ones.
BODY: dict[str, Any] = {
    "slots": 4.0,
    "targetWait": 2,
    "idleSeconds": 30,
    "labels": {"b": "2", "a": "1"},
    "tolerations": [{"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 3600.0}],
}


def tag(client: Client) -> str:
    return str(client.get(GPU)["ETag"])


def put(client: Client, body: dict[str, Any], **headers: str) -> Any:
    return client.put(GPU, body, JSON, headers=headers)


def patch(client: Client, body: Any, kind: str = MERGE_PATCH, **headers: str) -> Any:
    return client.patch(GPU, body, kind, headers=headers)


def test_who_has_read_the_pool_as_it_is_changes_it(as_ann: Client, pool: PodPool):
    read = tag(as_ann)
    answer = put(as_ann, {"slots": 2}, if_match=read)
    assert (answer.status_code, answer.json()["slots"]) == (200, 2)
    assert answer["ETag"] == tag(as_ann) != read


def test_who_has_not_read_it_as_it_is_changes_nothing(as_ann: Client, pool: PodPool):
    read = tag(as_ann)
    pools.update(SYSTEM, name="gpu", changes={"maximum": 7})
    for answer in (
        put(as_ann, {"slots": 2}, if_match=read),
        patch(as_ann, {"slots": 2}, if_match=read),
        as_ann.delete(GPU, headers={"if-match": read}),
        put(as_ann, {"slots": 2}, if_match=f"W/{tag(as_ann)}"),
    ):
        assert "Read it again" in problem(answer, 412)["detail"]
    pool.refresh_from_db()
    assert (pool.slots, pool.maximum) == (8, 7)


def test_any_pool_will_do_for_a_star_and_for_who_does_not_ask(as_ann: Client, pool: PodPool):
    assert put(as_ann, {"slots": 2}, if_match="*").status_code == 200
    assert put(as_ann, {"slots": 3}).status_code == 200


@pytest.mark.parametrize("text", ["", "plain", '"open', '"a",', '*, "a"'])
def test_what_is_no_tag_is_pointed_at(as_ann: Client, pool: PodPool, text: str):
    for answer in (
        put(as_ann, {"slots": 2}, if_match=text),
        patch(as_ann, {"slots": 2}, if_match=text),
        as_ann.delete(GPU, headers={"if-match": text}),
    ):
        assert pointers(answer) == ["/If-Match"]
    assert PodPool.objects.get().slots == 8


def test_a_pool_that_is_not_there_is_not_found_whatever_was_read(as_ann: Client):
    problem(put(as_ann, {}, if_match="*"), 404)


def test_each_answer_with_a_pool_has_its_tag(as_ann: Client):
    made = as_ann.post(URL, {**BODY, "name": "gpu"}, JSON)
    changed = put(as_ann, {**BODY, "slots": 5.0})
    read = tag(as_ann)
    scaled = as_ann.post(f"{GPU}/scale", {"count": 3}, JSON)
    assert changed["ETag"] == scaled["ETag"] == as_ann.post(f"{GPU}/cordon")["ETag"] == read != made["ETag"]


def test_the_tag_of_an_answer_is_that_of_what_is_read_next(as_ann: Client):
    assert as_ann.post(URL, {**BODY, "name": "gpu"}, JSON)["ETag"] == tag(as_ann)
    assert put(as_ann, BODY)["ETag"] == tag(as_ann)
    assert patch(as_ann, {"targetWait": 3, "labels": {"a": None}})["ETag"] == tag(as_ann)


def test_what_the_reconciler_writes_and_acts_on_the_pool_leave_the_tag(as_ann: Client, pool: PodPool):
    read = tag(as_ann)
    pod_of(pool)
    measured(pool)
    written = {"problem": "no quota", "failures": 2, "retry_at": timezone.now(), "service_seconds": 0.5}
    PodPool.objects.update(**written, scale_to=3, cordoned=True)
    assert tag(as_ann) == read
    assert put(as_ann, {"slots": 2}, if_match=read).status_code == 200


def test_another_pool_of_the_same_name_has_another_tag(as_ann: Client):
    tags = set()
    for _ in range(2):
        tags.add(as_ann.post(URL, {"name": "gpu"}, JSON)["ETag"])
        assert as_ann.delete(GPU).status_code == 204
    assert len(tags) == 2


def test_a_pool_is_read_anew_even_if_its_definition_is_known(as_ann: Client, pool: PodPool):
    """Its counts are others by now."""
    answer = as_ann.get(GPU, headers={"if-none-match": tag(as_ann)})
    assert (answer.status_code, answer.json()["name"]) == (200, "gpu")


# -- some of its definition --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [MERGE_PATCH, JSON])
def test_a_patch_changes_what_it_names_and_nothing_else(as_ann: Client, pool: PodPool, kind: str):
    put(as_ann, {"slots": 4, "labels": {"a": "1", "b": "2"}, "env": {"APP_A": {"secret": "s", "key": "k"}}})
    change = {"labels": {"b": None, "c": "3"}, "env": {"APP_A": {"key": "other"}}}
    told = patch(as_ann, change, kind).json()
    assert (told["slots"], told["labels"]) == (4, {"a": "1", "c": "3"})
    assert told["env"] == {"APP_A": {"secret": "s", "key": "other"}}
    assert as_ann.get(GPU).json() == told


def test_null_in_a_patch_is_the_default(as_ann: Client, pool: PodPool):
    put(as_ann, {**BODY, "maximum": 3})
    told = patch(as_ann, dict.fromkeys([*BODY, "maximum", "name"])).json()
    assert {key: told[key] for key in (*BODY, "maximum", "name")} == {
        **{"slots": 8, "targetWait": 10, "idleSeconds": None, "labels": {}},
        **{"tolerations": [], "maximum": 10, "name": "gpu"},
    }


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ("", [""]),
        ("[]", [""]),
        ('{"name": "other"}', ["/name"]),
        ('{"slots": {"a": null}}', ["/slots"]),
        ('{"labels": "x"}', ["/labels"]),
        ('{"labels": {"a": {"b": null}}}', ["/labels/a"]),
        ('{"tolerations": [null]}', ["/tolerations/0"]),
        ('{"minimum": 6}', ["/minimum"]),
        ('{"cordoned": true}', ["/cordoned"]),
        ('{"env": {"API_TOKEN": "x"}}', ["/env/API_TOKEN"]),
    ],
)
def test_a_mistake_in_a_patch_is_pointed_at_and_changes_nothing(
    as_ann: Client, pool: PodPool, body: str, where: list[str]
):
    read = tag(as_ann)
    assert pointers(patch(as_ann, body)) == where
    assert tag(as_ann) == read


def test_a_patch_in_another_format_is_refused(as_ann: Client, pool: PodPool):
    problem(patch(as_ann, "[]", "application/json-patch+json"), 415)


def test_a_patch_needs_the_permission_to_change_the_pool(as_bob: Client, pool: PodPool):
    problem(patch(as_bob, {"slots": 2}), 404)
