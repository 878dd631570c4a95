"""Pods that are taken away while they work: by hand, or with their node."""

from guardian.shortcuts import assign_perm

from apps.core.models import User
from apps.pods.models import Pod, PodPool
from apps.pods.services import pools
from apps.workflows.live import keys
from apps.workflows.models import Attempt
from tests.kube.conftest import NewKubelet, Pool, Run
from tests.kube.kubelet import Kubelet
from tests.kube.waiting import ended, wait_for_holder, wait_for_pods
from tests.support import verdict
from tests.support.chaos_samples import gated
from tests.support.cluster import PATIENCE
from tests.support.kube import KubernetesWorld
from tests.support.ledger import Ledger
from tests.support.load import Load, publish, start
from tests.support.waiting import eventually


def test_a_pod_that_is_deleted_by_hand_finishes_its_jobs_and_is_replaced(
    run: Run, pool: Pool, world: KubernetesWorld, ledger: Ledger, ann: User
) -> None:
    pool(scale_to=1)
    with run() as cluster:
        (first,) = wait_for_pods(1)
        load = Load(ledger, ann)
        load.start(40)
        eventually(lambda: Attempt.objects.exists(), PATIENCE)
        world.api.call("DELETE", world.path(first))
        verdict.all_end()
        verdict.right(cluster, ledger, load.started)
        assert not Attempt.objects.filter(outcome="lost").exists()
        assert ended(first).reason == "deleted from outside"
        assert first not in wait_for_pods(1)


def test_a_node_that_is_drained_says_so_of_its_pods_and_waits_for_their_jobs(
    run: Run, pool: Pool, world: KubernetesWorld, ledger: Ledger, ann: User
) -> None:
    """As by `kubectl drain`."""
    pool()
    publish(ann, gated(ledger.url))
    with run():
        start(ann, ["gated"])
        first = wait_for_holder(ledger)
        metadata = {"name": first, "namespace": world.namespace}
        eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": metadata}
        world.api.call("POST", f"{world.path(first)}/eviction", body=eviction)
        eventually(lambda: Pod.objects.get(name=first).state == "stopping", PATIENCE)
        ledger.open_gate()
        verdict.all_end()
        assert Attempt.objects.get().outcome == "completed"
        assert ended(first).reason == "EvictionByEvictionAPI: Eviction API: evicting"


def test_a_job_of_a_pod_that_is_killed_by_hand_runs_again_elsewhere(
    run: Run, pool: Pool, world: KubernetesWorld, kubelet: Kubelet, ledger: Ledger, ann: User
) -> None:
    pool()
    publish(ann, gated(ledger.url))
    with run() as cluster:
        (pk,) = start(ann, ["gated"])
        first = wait_for_holder(ledger)
        world.api.call("DELETE", world.path(first), body={"gracePeriodSeconds": 0})
        eventually(lambda: first not in kubelet.runs(), PATIENCE)
        cluster.end_leases(first)
        verdict.all_end()
        assert ledger.calls() == {f"{pk}.held": 2}
        lost, done = Attempt.objects.order_by("number")
        assert (lost.outcome, lost.executor, done.outcome) == ("lost", first, "completed")
        assert done.executor != first
        assert ended(first).reason == "deleted from outside"


def test_the_jobs_of_a_node_that_is_gone_run_elsewhere(
    run: Run, pool: Pool, kubelet: Kubelet, new_kubelet: NewKubelet, world: KubernetesWorld, ledger: Ledger, ann: User
) -> None:
    """Nobody tells of it: the heartbeats stop. Kubernetes finds out later, and by itself would keep the pod for minutes."""
    pool()
    publish(ann, gated(ledger.url))
    with run() as cluster:
        (pk,) = start(ann, ["gated"])
        first = wait_for_holder(ledger)
        other = new_kubelet()
        kubelet.node.cordon()
        PodPool.objects.update(scale_to=2)
        (second,) = set(wait_for_pods(2)) - {first}
        # Its heartbeat may be quicker than the watch that tells of its place.
        eventually(lambda: Pod.objects.get(name=second).node == other.node.name, PATIENCE)
        kubelet.die()
        cluster.end_leases(first)
        verdict.all_end()
        assert ledger.calls() == {f"{pk}.held": 2}
        lost, done = Attempt.objects.order_by("number")
        assert (lost.outcome, lost.executor, done.outcome) == ("lost", first, "completed")
        assert done.executor != first
        assert ended(first).reason == "its heartbeat stopped"
        assert first not in [pod.name for pod in world.backend.observe()]
        eventually(lambda: "node.kubernetes.io/unreachable" in kubelet.node.taints(), PATIENCE)


def test_a_pod_that_hangs_is_killed_and_its_job_runs_elsewhere(
    run: Run, pool: Pool, kubelet: Kubelet, ledger: Ledger, ann: User
) -> None:
    pool()
    publish(ann, gated(ledger.url))
    with run() as cluster:
        (pk,) = start(ann, ["gated"])
        first = wait_for_holder(ledger)
        kubelet.pause(first)
        cluster.end_leases(first)
        verdict.all_end()
        assert ledger.calls() == {f"{pk}.held": 2}
        assert ended(first).reason == "its heartbeat stopped"
        eventually(lambda: first not in kubelet.runs(), PATIENCE)


def test_a_pool_that_is_deleted_is_there_until_its_pod_has_finished_its_jobs(
    run: Run, pool: Pool, kubelet: Kubelet, ledger: Ledger, ann: User
) -> None:
    pool()
    special = pool("special", minimum=1)
    for action in ("use", "view", "delete"):
        assign_perm(f"{action}_podpool", ann, special)
    document = gated(ledger.url)
    document["steps"][0]["pool"] = special.name
    publish(ann, document)
    with run() as cluster:
        start(ann, ["gated"])
        first = wait_for_holder(ledger)
        pools.delete(ann, name=special.name)
        eventually(lambda: cluster.keys(keys.drain(first)) != [], PATIENCE)
        assert kubelet.runs() == [first]
        assert pools.pool(ann, name=special.name).deleted_at is not None
        ledger.open_gate()
        verdict.all_end()
        eventually(lambda: kubelet.runs() == [] and not PodPool.objects.filter(name=special.name).exists(), PATIENCE)
        assert Attempt.objects.get().outcome == "completed"
