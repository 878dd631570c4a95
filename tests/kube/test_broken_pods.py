"""Pods that do not work: what is told of them, and what becomes of their jobs."""

import json
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from apps.core.models import User
from apps.pods.models import IMAGE, Pod, PodPool
from apps.pods.planning.health import START_TIMEOUT
from apps.pods.reconciler.loop import Reconciler
from apps.pods.workload import registered
from apps.workflows.models import Attempt
from tests.kube.conftest import CRASHING, NewKubelet, Pool, Run
from tests.kube.kubelet import Kubelet
from tests.kube.waiting import ended, wait_for_pods
from tests.support import verdict
from tests.support.cluster import PATIENCE
from tests.support.kube import CONFIG, KubernetesWorld
from tests.support.load import begin
from tests.support.waiting import eventually

MISSING = "registry.example/nowhere:v1"


def test_a_pod_over_its_memory_is_killed_and_its_job_runs_elsewhere(
    run: Run, pool: Pool, kubelet: Kubelet, tmp_path: Path, ann: User
) -> None:
    pool(env={"PYTHONPATH": str(tmp_path / "plugins")})
    with run() as cluster:
        cluster.wait_until_open()
        begin("hungry")
        eventually(lambda: Attempt.objects.exists(), PATIENCE)
        hungry = Attempt.objects.get().executor
        eventually(lambda: hungry not in kubelet.runs(), PATIENCE)
        cluster.end_leases(hungry)
        verdict.all_end()
        first, second = Attempt.objects.order_by("number")
        assert (first.executor, first.outcome, second.outcome) == (hungry, "lost", "completed")
        assert ended(hungry).reason == "OOMKilled (exit code 137)"
        assert second.executor != hungry


def test_an_image_that_cannot_be_pulled_is_told_at_once_and_tried_again_later(
    run: Run, pool: Pool, world: KubernetesWorld
) -> None:
    pool(image=MISSING, scale_to=1)
    with run() as cluster:
        wait_for_reason(f'ImagePullBackOff: Back-off pulling image "{MISSING}"')
        assert Pod.objects.get().state == "starting"
        assert cluster.reconciler.terminate() == 0
    # The rest takes minutes, unless the clock is put forward.
    late = timezone.now() + START_TIMEOUT + timedelta(seconds=1)
    reconciler = Reconciler("late", world.second(), registered(), CONFIG)
    # A look that the API does not answer in time is worth nothing.
    there = Pod.objects.filter(ended_at=None)
    eventually(lambda: reconciler.tick(late).actions == 0 and not there.exists(), PATIENCE)
    assert reconciler.backend.observe() == []
    found = PodPool.objects.get()
    assert found.problem.startswith("ImagePullBackOff")
    assert found.retry_at is not None
    assert found.retry_at > late
    reconciler.tick(found.retry_at)
    assert len(reconciler.backend.observe()) == 1
    reconciler.close()


def test_a_pool_whose_image_is_put_right_works_though_it_has_room_for_no_further_pod(run: Run, pool: Pool) -> None:
    pool(image=MISSING, scale_to=1, maximum=1)
    with run():
        wait_for_reason(f'ImagePullBackOff: Back-off pulling image "{MISSING}"')
        PodPool.objects.update(image=IMAGE)
        eventually(lambda: Pod.objects.filter(state="ready").exists(), PATIENCE)


def test_pods_wait_for_the_secret_that_tells_them_their_queue(run: Run, pool: Pool, world: KubernetesWorld) -> None:
    pool(scale_to=1)
    with run(POD_SECRET="executors") as cluster:
        wait_for_reason('CreateContainerConfigError: secret "executors" not found')
        secret = {"metadata": {"name": "executors"}, "stringData": {"JOB_QUEUE_URL": cluster.redis.url}}
        world.api.call("POST", f"/api/v1/namespaces/{world.namespace}/secrets", body=secret)
        (name,) = wait_for_pods(1)
        assert cluster.redis.url not in json.dumps(world.api.call("GET", world.path(name)))


def test_a_pod_waits_for_a_node_that_it_fits_on(
    run: Run, pool: Pool, kubelet: Kubelet, new_kubelet: NewKubelet
) -> None:
    pool(scale_to=1)
    kubelet.node.cordon()
    with run():
        eventually(lambda: Pod.objects.filter(reason__startswith="Unschedulable: 0/").exists(), PATIENCE)
        later = new_kubelet()
        (name,) = wait_for_pods(1)
        rows = Pod.objects.filter(name=name)
        # Its heartbeat may be quicker than the watch that tells of its place.
        eventually(lambda: rows.values_list("node", "reason").get() == (later.node.name, ""), PATIENCE)


def test_pods_that_end_at_once_are_replaced_ever_more_slowly(run: Run, pool: Pool) -> None:
    """They are never restarted, so there is no CrashLoopBackOff: each is a pod of its own."""
    pool(image=CRASHING, scale_to=1)
    with run():
        # A pool is put off after the end of its pod is recorded.
        eventually(lambda: PodPool.objects.get().failures >= 3, PATIENCE)
        why = "Error (exit code 3): it cannot work"
        assert set(Pod.objects.filter(state="ended").values_list("reason", flat=True)) == {why}
        assert PodPool.objects.get().problem == why


def wait_for_reason(reason: str) -> None:
    """The one pod says it of itself."""
    eventually(lambda: Pod.objects.filter(reason=reason).exists(), PATIENCE)
