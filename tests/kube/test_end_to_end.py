"""Workflows from their start to their end, through Kubernetes pods that come and go."""

from typing import Any

from guardian.shortcuts import assign_perm

from apps.core.models import User
from apps.pods.models import Pod
from apps.workflows.models import Attempt
from tests.kube.conftest import Pool, Run
from tests.kube.kubelet import Kubelet
from tests.kube.status import is_ready
from tests.kube.waiting import pool_of, wait_for_pods
from tests.support import verdict
from tests.support.chaos_samples import CALL
from tests.support.cluster import PATIENCE
from tests.support.kube import KubernetesWorld
from tests.support.ledger import Ledger
from tests.support.load import Load, publish, start
from tests.support.waiting import eventually

WORKFLOWS = 200


def test_work_brings_pods_and_its_end_takes_them_away(
    run: Run, pool: Pool, kubelet: Kubelet, world: KubernetesWorld, ledger: Ledger, ann: User
) -> None:
    pool(maximum=1)
    with run() as cluster:
        load = Load(ledger, ann)
        load.start(8)
        verdict.all_end()
        eventually(lambda: Pod.objects.filter(state="ended").exists(), PATIENCE)
        eventually(lambda: world.backend.observe() == [] and kubelet.runs() == [], PATIENCE)
        verdict.right(cluster, ledger, load.started)
        # Work that comes late, when its pod has left already, brings another one.
        assert set(Pod.objects.values_list("reason", "node")) == {("drained", kubelet.node.name)}


def test_a_burst_of_a_thousand_jobs_ends_with_each_of_them_once(
    run: Run, pool: Pool, world: KubernetesWorld, ledger: Ledger, ann: User
) -> None:
    pool(maximum=3)
    publish(ann, five(ledger.url))
    with run():
        started = start(ann, ["five"] * WORKFLOWS)
        verdict.all_end()
        assert ledger.calls() == {f"{pk}.{step}": 1 for pk in started for step in "abcde"}
        eventually(lambda: world.backend.observe() == [], PATIENCE)


def five(url: str) -> dict[str, Any]:
    #     - b -
    #   a - c - e
    #     - d -
    waits_for: dict[str, list[str]] = {"a": [], "b": ["a"], "c": ["a"], "d": ["a"], "e": ["b", "c", "d"]}
    config = {"api_endpoint": f"{url}/ok", "method": "POST", "body": {}}
    steps = [{"name": name, "type": CALL, "config": config, "dependsOn": on} for name, on in waits_for.items()]
    return {"templateId": "five", "version": "1.0.0", "inputSchema": {}, "outputSchema": {}, "steps": steps}


def test_a_step_runs_in_a_pod_of_the_pool_that_it_names(
    run: Run, pool: Pool, world: KubernetesWorld, ledger: Ledger, ann: User
) -> None:
    #   near (default) - far (special)
    pool()
    special = pool("special", slots=1)
    assign_perm("use_podpool", ann, special)
    steps = [{"name": "near", "type": "noop", "config": {}}]
    steps += [{"name": "far", "type": "noop", "config": {}, "pool": "special", "dependsOn": ["near"]}]
    publish(ann, {"templateId": "two", "version": "1.0.0", "inputSchema": {}, "outputSchema": {}, "steps": steps})
    with run():
        start(ann, ["two"])
        verdict.all_end()
        ran = {job: pool_of(name) for job, name in Attempt.objects.values_list("job_id", "executor")}
        assert ran == {"near": "default", "far": "special"}
        eventually(lambda: world.backend.observe() == [], PATIENCE)


def test_a_pod_is_found_ready_by_its_own_probes(run: Run, pool: Pool, world: KubernetesWorld, kubelet: Kubelet) -> None:
    pool(scale_to=1)
    with run():
        (name,) = wait_for_pods(1)
        eventually(lambda: is_ready(world.api.call("GET", world.path(name))), PATIENCE)
        assert kubelet.runs() == [name]
