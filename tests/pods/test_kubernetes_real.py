"""Pools on a real API server, scheduler and controllers, with kwok for a kubelet (``make test-kube``)."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from apps.core.access.policy import SYSTEM
from apps.pods.backends.factory import pool_namespaces
from apps.pods.backends.kubernetes.api import ApiError, KubernetesApi
from apps.pods.backends.kubernetes.backend import KubernetesBackend
from apps.pods.backends.port import LogsUnavailable, Phase, PodRejected, PodSpec
from apps.pods.models import IMAGE, Pod, PodPool, default_resources
from apps.pods.probes import kubernetes
from apps.pods.reconciler.loop import Reconciler
from apps.pods.services import pools
from tests.pods.worlds import until
from tests.support.kube import CONFIG, ENV, PATHS, KubernetesWorld, account_config, kubeconfig
from tests.support.waiting import eventually
from tests.support.workload import WrittenWorkload

pytestmark = [pytest.mark.django_db, pytest.mark.kube]

SPEC = PodSpec(pool="default", revision="r1", slots=8, image=IMAGE, resources=default_resources(), env=ENV)
PATIENCE = 120.0


@pytest.fixture
def world() -> Iterator[KubernetesWorld]:
    made = KubernetesWorld(kubeconfig())
    yield made
    made.close()


@pytest.fixture
def reconciler(world: KubernetesWorld, workload: WrittenWorkload) -> Iterator[Reconciler]:
    made = Reconciler("test", world.second(), workload, CONFIG)
    yield made
    made.close()


def tick_until(reconciler: Reconciler, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, Pod.objects.values_list("state", "reason")
        reconciler.tick(timezone.now())


def ready() -> int:
    return Pod.objects.filter(state="ready").count()


def test_a_pool_goes_from_zero_to_fifty_and_back(reconciler: Reconciler, workload: WrittenWorkload):
    PodPool.objects.create(name="default", maximum=50, starts_at_once=50)
    reconciler.tick(timezone.now())
    assert reconciler.backend.observe() == []
    workload.backlog = {"default": 5000}
    tick_until(reconciler, lambda: ready() == 50)
    workload.backlog = {}
    tick_until(reconciler, lambda: reconciler.backend.observe() == [])


def test_a_quiet_look_at_five_hundred_pods_is_cheap_and_lists_nothing(world: KubernetesWorld, reconciler: Reconciler):
    PodPool.objects.create(name="default", maximum=500, scale_to=500, starts_at_once=500)
    backend = reconciler.backend
    assert isinstance(backend, KubernetesBackend)
    # Until then the watch tells of them.
    tick_until(reconciler, lambda: ready() == 500 and all(pod.phase is Phase.RUNNING for pod in backend.observe()))
    reconciler.tick(timezone.now())
    lists, began = backend.lists, time.process_time()
    assert reconciler.tick(timezone.now()).actions == 0
    assert time.process_time() - began < 1.0
    assert backend.lists == lists


def test_a_quota_is_told_with_its_words(world: KubernetesWorld):
    quota = {"metadata": {"name": "few"}, "spec": {"hard": {"pods": "0"}}}
    world.api.call("POST", f"/api/v1/namespaces/{world.namespace}/resourcequotas", body=quota)
    deadline = time.monotonic() + PATIENCE
    refusal = ""
    while "exceeded quota" not in refusal:
        assert time.monotonic() < deadline, refusal
        try:
            world.backend.create("a", SPEC)
        except PodRejected as error:
            # Until the controller has counted, it says so.
            refusal = str(error)


def test_a_pod_that_fits_on_no_node_says_so(world: KubernetesWorld):
    far = PodSpec(pool="default", revision="r1", slots=8, image=IMAGE, node_selector={"disk": "of-gold"})
    world.backend.create("a", far)
    deadline = time.monotonic() + PATIENCE
    while "Unschedulable" not in world.backend.observe()[0].reason:
        assert time.monotonic() < deadline
    assert world.backend.observe()[0].phase is Phase.PENDING


def test_a_pod_with_all_that_it_may_take_from_a_secret_is_let_in(world: KubernetesWorld):
    env = {**ENV, "JOB_QUEUE_URL": {"secret": "shift-1", "key": "JOB_QUEUE_URL"}}
    spec = PodSpec(pool="default", revision="r1", slots=8, image=IMAGE, env=env, secret="shift-1")
    world.backend.create("a", spec)
    (container,) = world.api.call("GET", world.path("a"))["spec"]["containers"]
    assert container["envFrom"] == [{"secretRef": {"name": "shift-1"}}]


def test_a_password_does_not_get_into_a_pod(world: KubernetesWorld):
    env = {**ENV, "JOB_QUEUE_URL": "rediss://:hunter2@job-queue:6380"}
    with pytest.raises(PodRejected, match="JOB_QUEUE_URL") as refusal:
        world.backend.create("a", PodSpec(pool="default", revision="r1", slots=8, image=IMAGE, env=env))
    assert "hunter2" not in str(refusal.value)
    assert world.backend.observe() == []


def test_a_pod_that_came_after_the_one_that_was_seen_is_not_deleted(world: KubernetesWorld):
    """The first reconciler was stopped after its look; meanwhile another replaced the pod, by the same name."""
    world.backend.create("a", SPEC)
    stopped = world.second()
    assert [pod.name for pod in stopped.observe()] == ["a"]
    world.backend.delete("a", 0)
    until(world, lambda pods: pods == [])
    world.backend.create("a", SPEC)
    stopped.delete("a", 0)
    stopped.close()
    assert "deletionTimestamp" not in world.api.call("GET", world.path("a"))["metadata"]


# -- namespaces of their own ------------------------------------------------------------------------


@pytest.fixture
def far() -> Iterator[KubernetesWorld]:
    made = KubernetesWorld(kubeconfig())
    yield made
    made.close()


@pytest.fixture
def wide(world: KubernetesWorld, workload: WrittenWorkload) -> Iterator[Reconciler]:
    """A reconciler that knows of other namespaces than its own what the pools say."""
    backend = KubernetesBackend(KubernetesApi(kubeconfig()), world.namespace, pool_namespaces)
    made = Reconciler("wide", backend, workload, CONFIG)
    yield made
    made.close()


def pods_in(world: KubernetesWorld) -> int:
    return len(world.api.call("GET", world.path())["items"])


def test_a_pool_that_moves_to_another_namespace_is_followed_by_its_pods(
    world: KubernetesWorld, far: KubernetesWorld, wide: Reconciler
):
    PodPool.objects.create(name="gpu", namespace=far.namespace, scale_to=2)
    tick_until(wide, lambda: ready() == pods_in(far) == 2)
    pools.update(SYSTEM, name="gpu", changes={"namespace": ""})
    tick_until(wide, lambda: ready() == pods_in(world) == 2 and pods_in(far) == 0)


def test_a_pool_that_is_deleted_leaves_nothing_in_a_namespace_of_its_own(far: KubernetesWorld, wide: Reconciler):
    PodPool.objects.create(name="gpu", namespace=far.namespace, scale_to=2)
    tick_until(wide, lambda: ready() == pods_in(far) == 2)
    pools.delete(SYSTEM, name="gpu")
    tick_until(wide, lambda: not PodPool.objects.filter(name="gpu").exists())
    assert pods_in(far) == 0


# -- what the reconciler's own account may do -------------------------------------------------------


@pytest.fixture
def account(world: KubernetesWorld, tmp_path: Path) -> Iterator[KubernetesApi]:
    """The API as the service account of the manifest sees it."""
    made = KubernetesApi(str(account_config(world, tmp_path, "reconciler")))
    yield made
    made.close()


def test_the_account_may_do_all_that_the_reconciler_does(account: KubernetesApi, world: KubernetesWorld):
    backend = KubernetesBackend(account, world.namespace)
    backend.create("a", SPEC)
    assert [pod.name for pod in backend.observe()] == ["a"]
    backend.delete("a", 0)
    backend.close()


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "secrets"), ("GET", "configmaps"), ("GET", "pods/a"), ("GET", "pods/a/log")]
)
def test_the_account_may_do_nothing_else(account: KubernetesApi, world: KubernetesWorld, method: str, path: str):
    with pytest.raises(ApiError, match="403"):
        account.call(method, f"/api/v1/namespaces/{world.namespace}/{path}")


# -- what the web's account may do ------------------------------------------------------------------


@pytest.fixture
def web(world: KubernetesWorld, tmp_path: Path) -> Iterator[KubernetesApi]:
    made = KubernetesApi(str(account_config(world, tmp_path, "web")))
    yield made
    made.close()


def test_the_web_may_ask_for_logs(web: KubernetesApi, world: KubernetesWorld):
    """kwok has none: being refused for that, and not for who asks, is the answer."""
    world.backend.create("a", SPEC)
    # Of a pod without a node the API itself answers with an empty log.
    until(world, lambda pods: pods[0].node != "")
    with pytest.raises(LogsUnavailable) as caught:
        KubernetesBackend(web, world.namespace).logs("a", world.namespace, 5)
    assert "rbac" not in str(caught.value)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "pods"), ("GET", "pods/a"), ("POST", "pods"), ("DELETE", "pods/a"), ("GET", "secrets")]
)
def test_the_web_may_do_nothing_else(web: KubernetesApi, world: KubernetesWorld, method: str, path: str):
    with pytest.raises(ApiError, match="403"):
        web.call(method, f"/api/v1/namespaces/{world.namespace}/{path}")


# -- what the doctor is told ------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "told"), [("reconciler", "manage pods"), ("web", "read logs")])
def test_the_doctor_knows_both_accounts(world: KubernetesWorld, tmp_path: Path, settings, who: str, told: str):
    settings.POD_BACKEND, settings.POD_NAMESPACE = "kubernetes", world.namespace
    settings.KUBECONFIG = str(account_config(world, tmp_path, who))
    (found,) = kubernetes()
    assert told in found.seen
    assert found.remedy == ""


def test_the_doctor_names_what_is_missing(world: KubernetesWorld, tmp_path: Path, settings):
    config = account_config(world, tmp_path, "reconciler")
    path = PATHS["Role"].format(world.namespace) + "/base-shift-reconciler"
    role = world.api.call("GET", path)
    role["rules"][0]["verbs"].remove("watch")
    world.api.call("PUT", path, body=role)
    settings.POD_BACKEND, settings.POD_NAMESPACE, settings.KUBECONFIG = "kubernetes", world.namespace, str(config)
    eventually(lambda: "may not watch pods" in next(kubernetes()).seen)
