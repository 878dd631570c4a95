"""Pools and pods: read, made, changed, scaled, held, drained."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from guardian.shortcuts import assign_perm

from apps.core.models import User
from apps.pods.models import Pod, PodPool
from apps.pods.services import pools
from tests.graphql.asking import ask, code, pointers
from tests.support.people import client_of
from tests.support.pod_work import pod_of, running, written

NAMES = "query($filter: PodFilter) { pods(filter: $filter) { nodes { name } } }"
CREATE = """mutation($name: ID!, $slots: Int, $env: JSONObject, $tolerations: [JSONObject!], $idle: Float) {
    createPodPool(name: $name, slots: $slots, env: $env, tolerations: $tolerations, idleSeconds: $idle) {
        name slots env tolerations idleSeconds maximum podCounts { ready } } }"""
UPDATE = """mutation($slots: Int, $minimum: Int, $maximum: Int, $idle: Float, $selector: JSONObject) {
    updatePodPool(name: "gpu", slots: $slots, minimum: $minimum, maximum: $maximum, idleSeconds: $idle,
        nodeSelector: $selector) { slots idleSeconds nodeSelector } }"""
DELETE = 'mutation { deletePodPool(name: "gpu") }'
SCALE = 'mutation($count: Int) { scalePodPool(name: "gpu", count: $count) { scaleTo } }'
CORDON = 'mutation($cordoned: Boolean!) { cordonPodPool(name: "gpu", cordoned: $cordoned) { cordoned } }'
DRAIN = 'mutation { drainPod(name: "job-executor-a") { name leaving state } }'


@pytest.fixture
def pool(ann: User) -> PodPool:
    return pools.create(ann, fields={"name": "gpu", "maximum": 5, "idle_seconds": 5})


@pytest.fixture
def pod(pool: PodPool) -> Pod:
    return pod_of(pool)


def listed(client: Client, **narrowed: Any) -> list[str]:
    return [node["name"] for node in ask(client, NAMES, filter=narrowed)["pods"]["nodes"]]


def test_pods_are_narrowed_as_by_rest(as_ann: Client, ann: User, pool: PodPool):
    other = pools.create(ann, fields={"name": "other"})
    pod_of(pool, "a")
    pod_of(pool, "b", state="ended", ended_at=timezone.now())
    pod_of(other, "c")
    assert listed(as_ann) == listed(as_ann, pool=None, state=None) == ["c", "b", "a"]
    assert listed(as_ann, pool="gpu") == ["b", "a"]
    assert listed(as_ann, pool="gpu", state="ready") == ["a"]
    assert listed(as_ann, pool="nothing") == []


@pytest.mark.parametrize("narrowed", [{"state": "up"}, {"pool": []}, {"name": "a"}])
def test_a_filter_that_cannot_be_used_is_refused(as_ann: Client, narrowed: dict[str, Any]):
    assert code(as_ann, NAMES, filter=narrowed) == "BAD_USER_INPUT"


def test_a_text_that_is_too_long_is_told_with_its_place(as_ann: Client):
    assert pointers(as_ann, NAMES, filter={"pool": "x" * 501}) == ["/filter/pool"]


@pytest.mark.parametrize("field", ["pods", "podPools"])
def test_lists_come_in_pages(as_ann: Client, ann: User, field: str):
    for name in "abcde":
        pod_of(pools.create(ann, fields={"name": name}), name)
    query = f"query($c: String) {{ {field}(first: 2, after: $c) {{ nodes {{ name }} pageInfo {{ endCursor hasNextPage }} }} }}"
    found, cursor = [], None
    for more in (True, True, False):
        page = ask(as_ann, query, c=cursor)[field]
        found += [node["name"] for node in page["nodes"]]
        cursor = page["pageInfo"]["endCursor"]
        assert page["pageInfo"]["hasNextPage"] is more is bool(cursor)
    assert found == sorted("abcde", reverse=field == "pods")


@pytest.mark.parametrize("field", ["pods", "podPools"])
def test_a_page_that_there_is_not_is_told_with_its_place(as_ann: Client, field: str):
    query = f"query($first: Int!, $after: String) {{ {field}(first: $first, after: $after) {{ nodes {{ name }} }} }}"
    assert pointers(as_ann, query, first=0) == pointers(as_ann, query, first=201) == ["/first"]
    assert pointers(as_ann, query, first=1, after="x") == pointers(as_ann, query, first=1, after="bm8") == ["/after"]


@pytest.mark.parametrize("name", ["", "nothing", "x" * 1000])
@pytest.mark.parametrize("field", ["pod", "podPool"])
def test_what_is_not_there_is_null(as_ann: Client, field: str, name: str):
    assert ask(as_ann, f"query($name: ID!) {{ {field}(name: $name) {{ name }} }}", name=name) == {field: None}


def test_jobs_of_workflows_that_one_may_not_see_are_left_out(ann: User, pod: Pod):
    running(ann, pod.name)
    viewer = User.objects.create_user("viewer")
    assign_perm("view_podpool", viewer, pod.pool)
    query = "{ pods { nodes { name jobs { jobId } } } }"
    assert ask(client_of(viewer), query)["pods"]["nodes"] == [{"name": pod.name, "jobs": []}]


def test_what_a_pod_wrote_is_read_by_those_who_operate_its_pool(as_ann: Client, pod: Pod):
    query = 'query($lines: Int! = 200) { podLogs(name: "job-executor-a", lines: $lines) }'
    assert code(as_ann, query) == "CONFLICT"
    with written(pod, "one\ntwo\n"):
        assert ask(as_ann, query) == {"podLogs": "one\ntwo\n"}
        assert ask(as_ann, query, lines=1) == {"podLogs": "two\n"}
        assert pointers(as_ann, query, lines=0) == pointers(as_ann, query, lines=2001) == ["/lines"]
        viewer = User.objects.create_user("viewer")
        assert ask(client_of(viewer), query) == {"podLogs": None}
        assign_perm("view_podpool", viewer, pod.pool)
        assert code(client_of(viewer), query) == "FORBIDDEN"


# -- acts ---------------------------------------------------------------------------------------------


def test_a_pool_is_made(as_ann: Client):
    given = {"name": "gpu", "slots": 2, "env": {"APP_A": "b"}, "tolerations": [{"operator": "Exists"}]}
    made = ask(as_ann, CREATE, **given, idle=None)["createPodPool"]
    assert made == {**given, "idleSeconds": None, "maximum": 10, "podCounts": {"ready": 0}}
    assert PodPool.objects.get().slots == 2


def test_null_means_the_default_for_what_is_made(as_ann: Client):
    made = ask(as_ann, CREATE, name="gpu", slots=None, env=None, tolerations=None)["createPodPool"]
    assert (made["slots"], made["env"], made["tolerations"]) == (8, {}, [])


def test_each_mistake_points_into_the_arguments_and_nothing_is_stored(as_ann: Client):
    wrong = {"name": "A", "slots": 0, "env": {"API_TOKEN": "x"}, "tolerations": [{}]}
    assert pointers(as_ann, CREATE, **wrong) == ["/env/API_TOKEN", "/name", "/slots", "/tolerations/0/operator"]
    assert not PodPool.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"slots": 2**40}, {"slots": "8"}, {"env": []}, {"tolerations": [None]}, {"name": None}]
)
def test_arguments_of_the_wrong_types_are_refused(as_ann: Client, wrong: dict[str, Any]):
    assert code(as_ann, CREATE, **{"name": "gpu", **wrong}) == "BAD_USER_INPUT"
    assert not PodPool.objects.exists()


def test_a_name_that_is_taken_is_a_conflict(as_ann: Client, pool: PodPool):
    assert code(as_ann, CREATE, name="gpu") == "CONFLICT"


def test_a_change_sets_what_is_given_and_nothing_else(as_ann: Client, pool: PodPool):
    changed = ask(as_ann, UPDATE, slots=2)["updatePodPool"]
    assert changed == {"slots": 2, "idleSeconds": 5, "nodeSelector": {}}
    assert ask(as_ann, UPDATE, idle=None)["updatePodPool"] == changed | {"idleSeconds": None}


def test_who_has_not_read_the_pool_as_it_is_changes_nothing(as_ann: Client, pool: PodPool):
    (read,) = ask(as_ann, '{ podPool(name: "gpu") { etag } }').values()
    update = 'mutation($etag: String) { updatePodPool(name: "gpu", slots: 2, ifMatch: $etag) { slots etag } }'
    changed = ask(as_ann, update, **read)["updatePodPool"]
    assert (changed["slots"], changed["etag"] != read["etag"]) == (2, True)
    delete = 'mutation($etag: String) { deletePodPool(name: "gpu", ifMatch: $etag) }'
    for mutation in (update, delete):
        assert code(as_ann, mutation, **read) == "PRECONDITION_FAILED"
    assert ask(as_ann, delete, etag=changed["etag"]) == {"deletePodPool": "gpu"}


@pytest.mark.parametrize(
    ("wrong", "where"),
    [({"slots": None}, "/slots"), ({"minimum": 6}, "/minimum"), ({"selector": {"a b": "c"}}, "/nodeSelector/a b")],
)
def test_a_change_with_a_mistake_changes_nothing(as_ann: Client, pool: PodPool, wrong: dict[str, Any], where: str):
    before = PodPool.objects.values().get()
    assert pointers(as_ann, UPDATE, **wrong) == [where]
    assert PodPool.objects.values().get() == before


def test_a_pool_is_scaled_held_and_deleted(as_ann: Client, pool: PodPool):
    assert ask(as_ann, SCALE, count=3) == {"scalePodPool": {"scaleTo": 3}}
    assert pointers(as_ann, SCALE, count=6) == pointers(as_ann, SCALE, count=-1) == ["/count"]
    assert pointers(as_ann, 'mutation { scalePodPool(name: "gpu") { scaleTo } }') == ["/count"]
    assert ask(as_ann, SCALE, count=None) == {"scalePodPool": {"scaleTo": None}}
    for cordoned in (True, False):
        assert ask(as_ann, CORDON, cordoned=cordoned) == {"cordonPodPool": {"cordoned": cordoned}}
    assert ask(as_ann, DELETE) == {"deletePodPool": "gpu"}
    assert code(as_ann, DELETE) == "NOT_FOUND"


def test_a_pool_with_pods_is_deleted_when_they_have_ended(as_ann: Client, pod: Pod):
    assert ask(as_ann, DELETE) == {"deletePodPool": "gpu"}
    assert ask(as_ann, '{ podPool(name: "gpu") { deletedAt } }')["podPool"]["deletedAt"].endswith("Z")
    assert (
        code(as_ann, SCALE, count=1) == code(as_ann, UPDATE, slots=2) == code(as_ann, CREATE, name="gpu") == "CONFLICT"
    )


def test_a_pod_is_drained(as_ann: Client, pod: Pod):
    assert ask(as_ann, DRAIN) == {"drainPod": {"name": pod.name, "leaving": True, "state": "ready"}}
    Pod.objects.update(state="ended", ended_at=timezone.now())
    assert code(as_ann, DRAIN) == "CONFLICT"


@pytest.mark.parametrize(
    "query", [UPDATE, SCALE.replace("Int", "Int = 1"), CORDON.replace("Boolean!", "Boolean! = true"), DELETE, DRAIN]
)
def test_who_may_see_a_pool_but_not_change_it_is_forbidden(pod: Pod, query: str):
    viewer = User.objects.create_user("viewer")
    assign_perm("view_podpool", viewer, pod.pool)
    before = PodPool.objects.values().get(), Pod.objects.values().get()
    assert code(client_of(viewer), query) == "FORBIDDEN"
    assert (PodPool.objects.values().get(), Pod.objects.values().get()) == before
