"""``/api/v1/pods``: listed, shown with what they run, drained, and who may."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from guardian.shortcuts import assign_perm

from apps.core.models import User
from apps.core.times import rfc3339
from apps.pods.models import Pod, PodPool
from apps.pods.planning.values import PodState
from tests.support.pod_work import pod_of, running, written
from tests.support.problems import pointers, problem
from tests.support.statements import counted

URL = "/api/v1/pods"
ONE = f"{URL}/job-executor-a"


@pytest.fixture
def pod(pool: PodPool) -> Pod:
    return pod_of(pool)


def names(client: Client, query: str = "") -> list[str]:
    return [item["name"] for item in client.get(f"{URL}?{query}").json()["items"]]


def test_a_pod_is_shown(as_ann: Client, pool: PodPool):
    now = timezone.now()
    times = {"ready_at": now, "idle_since": now, "ended_at": None}
    pod_of(pool, state="unhealthy", reason="OOMKilled", namespace="jobs", node="n1", restarts=2, busy=3, **times)
    told = as_ann.get(ONE).json()
    assert told == {
        **{"name": "job-executor-a", "pool": "gpu", "state": "unhealthy", "reason": "OOMKilled"},
        **{"namespace": "jobs", "node": "n1", "restarts": 2, "busy": 3, "leaving": False, "revision": "r1"},
        **{"createdAt": told["createdAt"], "readyAt": rfc3339(now), "idleSince": rfc3339(now), "endedAt": None},
        "jobs": [],
    }
    del told["jobs"]
    assert as_ann.get(URL).json() == {"items": [told], "next": None}


def test_what_a_pod_runs_is_told(ann: User, as_ann: Client, pod: Pod, pool: PodPool):
    other = pod_of(pool, "job-executor-b")
    here, there = running(ann, pod.name), running(ann, other.name)
    assert as_ann.get(ONE).json()["jobs"] == [{"workflowId": str(here), "jobId": "s1", "attempt": 2}]
    assert as_ann.get(f"{URL}/{other.name}").json()["jobs"] == [{"workflowId": str(there), "jobId": "s1", "attempt": 2}]


def test_jobs_of_workflows_that_one_may_not_see_are_left_out(ann: User, bob: User, as_bob: Client, pod: Pod):
    running(ann, pod.name)
    assign_perm("view_podpool", bob, pod.pool)
    assert as_bob.get(ONE).json()["jobs"] == []


def test_pods_are_narrowed_by_pool_and_state(as_ann: Client, pool: PodPool):
    other = PodPool.objects.create(name="other")
    pod_of(pool, "a", state="ready")
    pod_of(pool, "b", state="ended", ended_at=timezone.now())
    pod_of(other, "c")
    assert names(as_ann) == ["b", "a"]
    assert names(as_ann, "state=ended") == ["b"]
    assert names(as_ann, "pool=gpu&state=ready") == ["a"]
    assert names(as_ann, "pool=other") == names(as_ann, "pool=nothing") == []


@pytest.mark.parametrize("query", ["state=up", "state=", "name=x", "pool=%00", "limit=0", "cursor=x", "pool=a&pool=b"])
def test_the_list_is_not_guessed_at(as_ann: Client, query: str):
    assert pointers(as_ann.get(f"{URL}?{query}")) == [f"/{query.split('=')[0]}"]


def test_pods_come_in_pages_that_new_ones_do_not_shift(as_ann: Client, pool: PodPool):
    now = timezone.now()
    for number in range(5):
        # Of some the time is the same.
        pod_of(pool, f"p{number}", created_at=now + timedelta(seconds=number // 2))
    found, url = [], f"{URL}?limit=2&pool=gpu"
    while url:
        page = as_ann.get(url).json()
        found += [item["name"] for item in page["items"]]
        url = page["next"]
        pod_of(pool, f"new{len(found)}", created_at=now + timedelta(hours=1))
    assert found == ["p4", "p3", "p2", "p1", "p0"]


def test_reading_costs_the_same_however_much_there_is(ann: User, as_ann: Client, pool: PodPool):
    for number in range(3):
        running(ann, pod_of(pool, f"p{number}").name)
    names(as_ann)  # The first use of a token is noted.
    assert statements(as_ann, f"{URL}?limit=1") == statements(as_ann, f"{URL}?limit=3") == 2
    running(ann, "p0")
    assert statements(as_ann, f"{URL}/p0") == statements(as_ann, f"{URL}/p1") == 3


def statements(client: Client, url: str) -> int:
    with counted() as count:
        assert client.get(url).status_code == 200
    return count.number


def test_a_pod_is_drained(as_ann: Client, pod: Pod):
    answer = as_ann.post(f"{ONE}/drain")
    assert (answer.status_code, answer.json()["leaving"]) == (202, True)
    assert answer.json() == as_ann.get(ONE).json()
    assert as_ann.post(f"{ONE}/drain", {}, "application/json").status_code == 202


def test_draining_takes_no_body(as_ann: Client, pod: Pod):
    assert pointers(as_ann.post(f"{ONE}/drain", {"now": True}, "application/json")) == ["/now"]
    assert not Pod.objects.get().leaving


def test_a_pod_that_has_ended_cannot_drain(as_ann: Client, pod: Pod):
    Pod.objects.update(state=PodState.ENDED, ended_at=timezone.now())
    problem(as_ann.post(f"{ONE}/drain"), 409)


# -- logs --------------------------------------------------------------------------------------------


@pytest.fixture
def talking(pod: Pod) -> Iterator[Pod]:
    with written(pod, "one\ntwö\n"):
        yield pod


def test_what_a_pod_wrote_is_read(as_ann: Client, talking: Pod):
    assert as_ann.get(f"{ONE}/logs").json() == {"name": talking.name, "text": "one\ntwö\n"}
    assert as_ann.get(f"{ONE}/logs?lines=1").json()["text"] == "twö\n"


def test_a_pod_that_has_no_log_is_a_conflict(as_ann: Client, pod: Pod):
    problem(as_ann.get(f"{ONE}/logs"), 409)


@pytest.mark.parametrize("lines", ["0", "2001", "1.5", "many", "", "nan", "1" * 400])
def test_a_number_of_lines_that_cannot_be_used_is_refused(as_ann: Client, talking: Pod, lines: str):
    assert pointers(as_ann.get(f"{ONE}/logs?lines={lines}")) == ["/lines"]


def test_logs_are_for_those_who_operate_the_pool(bob: User, as_bob: Client, talking: Pod):
    problem(as_bob.get(f"{ONE}/logs"), 404)
    assign_perm("view_podpool", bob, talking.pool)
    problem(as_bob.get(f"{ONE}/logs"), 403)
    assign_perm("operate_podpool", bob, talking.pool)
    assert as_bob.get(f"{ONE}/logs").status_code == 200


@pytest.mark.parametrize("name", ["nothing", "a%00b", "%2F", "x" * 300])
def test_what_is_not_there_is_not_found(as_ann: Client, name: str):
    for answer in (as_ann.get(f"{URL}/{name}"), as_ann.get(f"{URL}/{name}/logs"), as_ann.post(f"{URL}/{name}/drain")):
        problem(answer, 404)


def test_pods_are_there_for_those_only_who_may_view_their_pool(bob: User, as_bob: Client, pod: Pod):
    assert names(as_bob) == []
    problem(as_bob.get(ONE), 404)
    problem(as_bob.post(f"{ONE}/drain"), 404)
    assign_perm("view_podpool", bob, pod.pool)
    assert names(as_bob) == ["job-executor-a"]
    assert as_bob.get(ONE).status_code == 200
    problem(as_bob.post(f"{ONE}/drain"), 403)
    assign_perm("operate_podpool", bob, pod.pool)
    assert as_bob.post(f"{ONE}/drain").status_code == 202


@pytest.mark.parametrize("path", [URL, ONE])
def test_without_a_token_there_is_nothing(db: None, path: str):
    problem(Client().get(path), 401)


@pytest.mark.parametrize(("method", "path"), [("post", URL), ("delete", ONE), ("put", ONE), ("get", f"{ONE}/drain")])
def test_what_is_not_done_to_pods_is_told(as_ann: Client, pod: Pod, method: str, path: str):
    answer: Any = getattr(as_ann, method)(path)
    problem(answer, 405)
