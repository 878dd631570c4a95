"""``/api/v1/pod-pools``: made, read, replaced, scaled, held, deleted, and who may."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from guardian.shortcuts import assign_perm, remove_perm

from apps.core.models import User
from apps.pods.models import IMAGE, PodPool, default_resources
from tests.support.pod_work import measured, pod_of
from tests.support.problems import pointers, problem
from tests.support.statements import counted

URL = "/api/v1/pod-pools"
GPU = f"{URL}/gpu"
JSON = "application/json"
BODY: dict[str, Any] = {
    "name": "big",
    "image": "registry.example:5000/team/executor:v2",
    "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "2", "memory": "1Gi"}},
    "env": {"APP_LEVEL": "DEBUG", "APP_KEY": {"secret": "queue", "key": "url"}},
    "labels": {"team": "pay"},
    "nodeSelector": {"kubernetes.io/arch": "amd64"},
    "tolerations": [{"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}],
    "serviceAccount": "executor",
    "namespace": "jobs",
    "slots": 4,
    "minimum": 1,
    "maximum": 20,
    "targetWait": 2.5,
    "idleSeconds": 30,
    "startsAtOnce": 3,
    "surge": 2,
}
STATE = {"scaleTo": None, "cordoned": False, "problem": None, "retryAt": None, "deletedAt": None}
NO_PODS = {"starting": 0, "ready": 0, "draining": 0, "unhealthy": 0, "stopping": 0}


def post(client: Client, path: str = URL, **body: Any) -> Any:
    return client.post(path, body, JSON)


def test_a_pool_is_made_and_read(as_ann: Client):
    made = post(as_ann, **BODY)
    assert made.status_code == 201
    assert made.json() == {**BODY, **STATE, "podCounts": NO_PODS, "advice": None}
    assert as_ann.get(made["location"]).json() == made.json()


def test_what_is_left_out_has_a_default(as_ann: Client):
    made = post(as_ann, name="small").json()
    told = {key: made[key] for key in ("image", "resources", "env", "slots", "maximum", "idleSeconds", "namespace")}
    assert told == {
        **{"image": IMAGE, "resources": default_resources(), "env": {}},
        **{"slots": 8, "maximum": 10, "idleSeconds": None, "namespace": ""},
    }


def test_each_mistake_is_pointed_at_and_nothing_stored(as_ann: Client):
    wrong = {"name": "A", "slots": "8", "env": {"API_TOKEN": "x", "1": "y"}, "labels": {"base-shift/pool": "x"}}
    where = ["/env/1", "/env/API_TOKEN", "/labels/base-shift~1pool", "/name", "/slots"]
    assert pointers(post(as_ann, **wrong)) == where
    assert not PodPool.objects.exists()


@pytest.mark.parametrize("key", ["node_selector", "scaleTo", "cordoned", "problem", "podCounts", "failures", "id"])
def test_a_key_that_is_not_written_is_refused(as_ann: Client, key: str):
    assert pointers(post(as_ann, name="big", **{key: 1})) == [f"/{key}"]


HOSTILE = {
    "no body": ("", ["/name"]),
    "no object": ("[]", [""]),
    "null": ("null", [""]),
    "no JSON": ("{", [""]),
    "NaN": ('{"name": "big", "targetWait": NaN}', ["/targetWait"]),
    "infinity": ('{"name": "big", "targetWait": 1e999}', ["/targetWait"]),
    "NUL": ('{"name": "big", "image": "a\\u0000"}', ["/image"]),
    "lone surrogate": ('{"name": "big", "labels": {"a": "\\ud800"}}', ["/labels/a"]),
    "key twice": ('{"name": "big", "name": "big"}', ["/name"]),
    "deep": ('{"name": "big", "resources": {"limits": ' + "[" * 98 + "]" * 98 + "}}", ["/resources/limits"]),
    "long": ('{"name": "big", "image": "' + "x" * 100_000 + '"}', ["/image"]),
    "many": ('{"name": "big", "tolerations": [' + "{}," * 199_999 + "{}]}", ["/tolerations"]),
}


@pytest.mark.parametrize(("body", "where"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_bodies_are_refused(as_ann: Client, body: str, where: list[str]):
    assert pointers(as_ann.post(URL, body, JSON)) == where
    assert not PodPool.objects.exists()


def test_a_name_is_taken_once(as_ann: Client, pool: PodPool):
    problem(post(as_ann, name="gpu", slots=1), 409)
    assert PodPool.objects.get().slots == 8


def test_a_pool_is_replaced_as_a_whole(as_ann: Client, pool: PodPool):
    PodPool.objects.update(labels={"a": "b"}, scale_to=1, cordoned=True)
    answer = as_ann.put(GPU, {"slots": 2}, JSON)
    assert answer.status_code == 200
    told = {key: answer.json()[key] for key in ("name", "slots", "maximum", "labels", "scaleTo", "cordoned")}
    assert told == {"name": "gpu", "slots": 2, "maximum": 10, "labels": {}, "scaleTo": 1, "cordoned": True}
    assert as_ann.get(GPU).json() == answer.json()


def test_replacing_takes_the_name_of_the_address_or_none(as_ann: Client, pool: PodPool):
    assert as_ann.put(GPU, {"name": "gpu"}, JSON).status_code == 200
    assert pointers(as_ann.put(GPU, {"name": "other"}, JSON)) == ["/name"]


def test_a_replacement_without_a_body_changes_nothing(as_ann: Client, pool: PodPool):
    PodPool.objects.update(slots=3)
    assert pointers(as_ann.put(GPU, "", JSON)) == [""]
    assert PodPool.objects.get().slots == 3


def test_a_mistake_in_a_replacement_changes_nothing(as_ann: Client, pool: PodPool):
    assert pointers(as_ann.put(GPU, {"slots": 2, "minimum": 3, "maximum": 2}, JSON)) == ["/maximum"]
    assert PodPool.objects.get().slots == 8


def test_a_pool_is_deleted_and_the_default_one_is_not(as_ann: Client, ann: User, pool: PodPool):
    assert as_ann.delete(GPU).status_code == 204
    problem(as_ann.get(GPU), 404)
    default = PodPool.objects.create(name="default")
    for action in ("view", "delete"):
        assign_perm(f"{action}_podpool", ann, default)
    problem(as_ann.delete(f"{URL}/default"), 409)


def test_a_pool_with_pods_is_deleted_when_they_have_ended(as_ann: Client, pool: PodPool):
    pod = pod_of(pool)
    answer = as_ann.delete(GPU)
    assert (answer.status_code, answer.json()) == (202, as_ann.get(GPU).json())
    assert answer.json()["deletedAt"].endswith("Z")
    assert as_ann.get(f"/api/v1/pods/{pod.name}").status_code == 200
    for refused in (
        as_ann.put(GPU, {"slots": 2}, JSON),
        as_ann.patch(GPU, {"slots": 2}, JSON),
        post(as_ann, f"{GPU}/scale", count=1),
        post(as_ann, f"{GPU}/uncordon"),
        post(as_ann, name="gpu"),
    ):
        assert "is being deleted" in problem(refused, 409)["detail"]
    assert as_ann.delete(GPU).json() == answer.json()


def test_a_pool_is_scaled_by_hand_and_given_back(as_ann: Client, pool: PodPool):
    assert post(as_ann, f"{GPU}/scale", count=3).json()["scaleTo"] == 3
    assert post(as_ann, f"{GPU}/scale", count=None).json()["scaleTo"] is None


@pytest.mark.parametrize("count", [-1, 6, 1.5, "3", True, [], 10**300])
def test_a_count_that_cannot_be_used_is_refused(as_ann: Client, pool: PodPool, count: Any):
    assert pointers(post(as_ann, f"{GPU}/scale", count=count)) == ["/count"]
    assert PodPool.objects.get().scale_to is None


def test_scaling_wants_a_count_and_nothing_else(as_ann: Client, pool: PodPool):
    assert pointers(post(as_ann, f"{GPU}/scale")) == ["/count"]
    assert pointers(post(as_ann, f"{GPU}/scale", count=1, pool="gpu")) == ["/pool"]


def test_a_pool_is_held_and_let_go(as_ann: Client, pool: PodPool):
    for act, cordoned in (("cordon", True), ("cordon", True), ("uncordon", False)):
        answer = post(as_ann, f"{GPU}/{act}")
        assert (answer.status_code, answer.json()["cordoned"]) == (200, cordoned)
    assert pointers(post(as_ann, f"{GPU}/cordon", why="x")) == ["/why"]


def test_pods_are_counted_by_state_and_a_problem_is_shown(as_ann: Client, pool: PodPool):
    now = timezone.now()
    for number, state in enumerate(("ready", "ready", "starting", "unhealthy")):
        pod_of(pool, f"job-executor-{number}", state=state)
    pod_of(pool, "job-executor-gone", state="ended", ended_at=now)
    pod_of(pool, "job-executor-over", state="ended")
    pod_of(PodPool.objects.create(name="other"), "job-executor-other")
    PodPool.objects.filter(pk=pool.pk).update(problem="quota exceeded", retry_at=now)
    told = as_ann.get(GPU).json()
    assert told["podCounts"] == NO_PODS | {"ready": 2, "starting": 1, "unhealthy": 1}
    assert (told["problem"], told["retryAt"] is None) == ("quota exceeded", False)
    assert as_ann.get(URL).json()["items"] == [told]


def test_advice_is_told_with_what_was_measured(as_ann: Client, pool: PodPool):
    measured(pool)
    told = as_ann.get(GPU).json()["advice"]
    assert told["measured"].pop("since").endswith("Z")
    used = {"memoryBytes": 104857600, "jobs": 2000, "cpuSecondsPerJob": 0.1, "slotSecondsPerJob": 0.5}
    assert (told["measured"], told["missing"], told["fits"]) == (used, None, False)
    memory, cpu = told["resources"]
    assert (memory["resource"], memory["request"]) == ("memory", {"current": "64Mi", "recommended": "120Mi"})
    assert memory["reason"] == "the most that a pod was seen to hold is 100 MiB"
    assert (cpu["resource"], cpu["request"]["current"], cpu["fits"]) == ("cpu", "250m", False)


def test_as_long_as_too_little_was_measured_it_says_so(as_ann: Client, pool: PodPool):
    measured(pool, jobs=0)
    told = as_ann.get(GPU).json()["advice"]
    assert told["missing"].startswith("too little was measured")
    assert (told["resources"], told["fits"], told["measured"]["cpuSecondsPerJob"]) == ([], False, None)


def test_the_list_has_pages_and_a_constant_cost(as_ann: Client):
    for number in range(3):
        post(as_ann, name=f"p{number}")
        pool = PodPool.objects.get(name=f"p{number}")
        pod_of(pool, f"job-executor-{number}")
        measured(pool)
    first = as_ann.get(f"{URL}?limit=2").json()
    assert [one["name"] for one in first["items"]] == ["p0", "p1"]
    rest = as_ann.get(first["next"]).json()
    assert ([one["name"] for one in rest["items"]], rest["next"]) == (["p2"], None)
    assert statements(as_ann, 1) == statements(as_ann, 3) == 4


def statements(client: Client, limit: int) -> int:
    with counted() as count:
        assert len(client.get(f"{URL}?limit={limit}").json()["items"]) == limit
    return count.number


@pytest.mark.parametrize("query", ["limit=0", "cursor=x", "state=ready", "limit=1&limit=2"])
def test_the_list_is_not_guessed_at(as_ann: Client, query: str):
    assert pointers(as_ann.get(f"{URL}?{query}")) == [f"/{query.split('=')[0]}"]


@pytest.mark.parametrize("name", ["nothing", "a%00b", "%2F", "x" * 300, "%ED%A0%80"])
def test_what_is_not_there_is_not_found(as_ann: Client, name: str):
    problem(as_ann.get(f"{URL}/{name}"), 404)
    problem(as_ann.put(f"{URL}/{name}", {}, JSON), 404)
    problem(as_ann.delete(f"{URL}/{name}"), 404)
    for act, body in (("scale", {"count": 1}), ("cordon", {}), ("uncordon", {})):
        problem(as_ann.post(f"{URL}/{name}/{act}", body, JSON), 404)


# -- who may -----------------------------------------------------------------------------------------


def everything(client: Client) -> list[tuple[str, Any]]:
    """Each act on the pool, with the permission that it needs beside ``view``."""
    return [
        ("change", client.put(GPU, {"slots": 1}, JSON)),
        ("operate", client.post(f"{GPU}/scale", {"count": 1}, JSON)),
        ("operate", client.post(f"{GPU}/cordon")),
        ("operate", client.post(f"{GPU}/uncordon")),
        ("delete", client.delete(GPU)),
    ]


def test_making_a_pool_needs_the_permission_for_it(as_bob: Client):
    problem(post(as_bob, name="big"), 403)
    assert not PodPool.objects.exists()


def test_a_pool_is_there_for_those_only_who_may_view_it(pool: PodPool, bob: User, as_bob: Client):
    for _, answer in everything(as_bob):
        problem(answer, 404)
    problem(as_bob.get(GPU), 404)
    assert as_bob.get(URL).json()["items"] == []
    assign_perm("view_podpool", bob, pool)
    assert [one["name"] for one in as_bob.get(URL).json()["items"]] == ["gpu"]
    for _, answer in everything(as_bob):
        problem(answer, 403)
    pool.refresh_from_db()
    assert (pool.slots, pool.scale_to, pool.cordoned) == (8, None, False)


@pytest.mark.parametrize("action", ["change", "operate", "delete"])
def test_one_permission_lets_do_no_more_than_it_says(pool: PodPool, bob: User, as_bob: Client, action: str):
    for given in ("view", action):
        assign_perm(f"{given}_podpool", bob, pool)
    for needed, answer in everything(as_bob):
        assert (answer.status_code == 403) is (needed != action), needed


def test_a_withdrawn_permission_ends_at_once(ann: User, as_ann: Client, pool: PodPool):
    remove_perm("view_podpool", ann, pool)
    problem(as_ann.get(GPU), 404)
    problem(as_ann.delete(GPU), 404)


def test_without_a_token_there_is_nothing(db: None):
    problem(Client().get(URL), 401)
    problem(Client().post(URL, {"name": "big"}, JSON), 401)
