"""Faults of a cluster, from the API's answer to what a person reads in the admin."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.core.models import User
from apps.pods.backends.kubernetes.api import KubernetesApi
from apps.pods.backends.kubernetes.backend import KubernetesBackend
from apps.pods.models import Pod, PodPool
from apps.pods.reconciler.loop import Reconciler
from tests.support.admin_pages import browser
from tests.support.bad_api import BadApi, Said, pod, status
from tests.support.pod_rig import CONFIG
from tests.support.waiting import eventually
from tests.support.workload import WrittenWorkload

pytestmark = pytest.mark.django_db

JUST_NOW, LONG_AGO = timedelta(seconds=5), timedelta(minutes=10)


@pytest.fixture
def reconciler(api: BadApi, workload: WrittenWorkload, tmp_path: Path) -> Iterator[Reconciler]:
    PodPool.objects.create(name="default")
    backend = KubernetesBackend(KubernetesApi(api.kubeconfig(tmp_path)), "")
    made = Reconciler("test", backend, workload, CONFIG)
    yield made
    made.close()


@pytest.fixture
def admins() -> Client:
    return browser(User.objects.create_superuser("admin"))


def has(api: BadApi, name: str, age: timedelta, **told: Any) -> None:
    """There is a pod of this status."""
    body = pod(name, **told)
    body["metadata"]["creationTimestamp"] = at(-age)
    api.pods[name] = body


def at(delta: timedelta) -> str:
    return (datetime.now(UTC) + delta).isoformat(timespec="seconds")


def container(**state: Any) -> list[dict[str, Any]]:
    return [{"name": "job-executor", "restartCount": 0, "state": state}]


def waiting(reason: str) -> dict[str, Any]:
    return {"phase": "Pending", "containerStatuses": container(waiting={"reason": reason, "message": "no luck"})}


def ended(reason: str, code: int) -> dict[str, Any]:
    return {"phase": "Failed", "containerStatuses": container(terminated={"reason": reason, "exitCode": code})}


UNSCHEDULABLE = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes fit"}
NOWHERE = {"phase": "Pending", "conditions": [UNSCHEDULABLE]}
EVICTED = {"phase": "Failed", "reason": "Evicted", "message": "the node was low on memory"}


@pytest.mark.parametrize(
    ("told", "age", "state", "reason"),
    [
        (waiting("ImagePullBackOff"), JUST_NOW, "starting", "ImagePullBackOff: no luck"),
        (waiting("ImagePullBackOff"), LONG_AGO, "stopping", "ImagePullBackOff: no luck"),
        (waiting("CrashLoopBackOff"), JUST_NOW, "starting", "CrashLoopBackOff: no luck"),
        (waiting("CrashLoopBackOff"), LONG_AGO, "stopping", "CrashLoopBackOff: no luck"),
        (ended("OOMKilled", 137), LONG_AGO, "stopping", "OOMKilled (exit code 137)"),
        (EVICTED, LONG_AGO, "stopping", "Evicted: the node was low on memory"),
        (waiting("ErrImage\0Pull"), JUST_NOW, "starting", "ErrImage\ufffdPull: no luck"),
        (NOWHERE, JUST_NOW, "starting", "Unschedulable: 0/3 nodes fit"),
        (NOWHERE, LONG_AGO, "starting", "Unschedulable: 0/3 nodes fit"),
    ],
    ids=["image", "image, long", "crashes", "crashes, long", "memory", "evicted", "NUL", "no node", "no node, long"],
)
def test_what_is_wrong_with_a_pod_is_in_the_admin(
    api: BadApi,
    reconciler: Reconciler,
    workload: WrittenWorkload,
    admins: Client,
    told: dict[str, Any],
    age: timedelta,
    state: str,
    reason: str,
):
    workload.silent = {"a"}
    has(api, "a", age, **told)
    reconciler.tick(timezone.now())
    assert ("DELETE" in api.asked) == (state == "stopping")
    assert Pod.objects.get(name="a").state == state
    assert reason in admins.get("/admin/pods/pod/").content.decode()


def test_a_pod_whose_node_is_gone_is_deleted_by_force(api: BadApi, reconciler: Reconciler, admins: Client):
    has(api, "a", LONG_AGO)
    api.pods["a"]["metadata"]["deletionTimestamp"] = at(-timedelta(minutes=2))
    reconciler.tick(timezone.now())
    assert "DELETE" in api.asked
    assert "its node may be gone" in admins.get("/admin/pods/pod/").content.decode()


def test_a_pod_that_is_deleted_by_hand_is_told(api: BadApi, reconciler: Reconciler, admins: Client):
    has(api, "a", LONG_AGO)
    reconciler.tick(timezone.now())
    api.change("DELETED", api.pods.pop("a"))
    eventually(lambda: "a" not in [one.name for one in reconciler.backend.observe()])
    reconciler.tick(timezone.now())
    assert "deleted from outside" in admins.get("/admin/pods/pod/").content.decode()


def too_slow() -> Said:
    return status(429, "TooManyRequests", "slow down", Retry_After="3")


@pytest.mark.parametrize(
    ("kind", "answer", "problem"),
    [
        ("POST", status(403, "Forbidden", "exceeded quota: few, limited: pods=0"), "exceeded quota: few"),
        ("POST", status(422, "Invalid", "spec.image: Required value"), "spec.image: Required value"),
        ("POST", status(404, "NotFound", "namespaces work not found"), "namespaces work not found"),
        ("POST", too_slow(), "429 TooManyRequests: slow down"),
        ("POST", status(500, "InternalError", "failed calling webhook"), "failed calling webhook"),
        ("LIST", status(500, "InternalError", "etcd is away"), "etcd is away"),
        ("LIST", status(401, "Unauthorized"), "401 Unauthorized"),
        ("LIST", too_slow(), "429 TooManyRequests: slow down"),
    ],
    ids=["quota", "invalid", "no namespace", "too many", "webhook", "no list", "no access", "too many lists"],
)
def test_what_hinders_a_pool_is_in_the_admin(
    api: BadApi, reconciler: Reconciler, admins: Client, kind: str, answer: Said, problem: str
):
    PodPool.objects.update(scale_to=1)
    api.say_always(kind, answer)
    reconciler.tick(timezone.now())
    assert problem in admins.get("/admin/pods/podpool/").content.decode()


def conflict() -> Said:
    return status(409, "AlreadyExists", "pods a already exists")


QUIET: list[tuple[str, Callable[[], Said]]] = [
    ("POST", conflict),
    ("WATCH", lambda: (200, {}, [])),
    ("WATCH", lambda: status(410, "Expired")),
    ("WATCH", lambda: (200, {}, [{"type": "ERROR", "object": {"code": 410, "reason": "Expired"}}])),
]


@pytest.mark.parametrize(("kind", "answer"), QUIET, ids=["409", "closed", "410", "410 in the watch"])
def test_what_happens_every_day_is_nobodys_problem(
    api: BadApi, reconciler: Reconciler, kind: str, answer: Callable[[], Said]
):
    PodPool.objects.update(scale_to=1)
    api.say(kind, answer())
    assert reconciler.tick(timezone.now()).leads
    eventually(lambda: reconciler.tick(timezone.now()).actions == 0 and Pod.objects.count() == 1)
    assert PodPool.objects.get().problem == ""
