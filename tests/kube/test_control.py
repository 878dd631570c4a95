"""What keeps the pods goes away, or changes its mind, while they work."""

from apps.core.models import User
from apps.pods.models import Pod, PodPool
from apps.workflows.models import Attempt, Job
from tests.kube import control_plane
from tests.kube.conftest import Pool, Run
from tests.kube.kubelet import Kubelet
from tests.kube.waiting import ended, wait_for_pods
from tests.support import verdict
from tests.support.cluster import PATIENCE
from tests.support.kube import KubernetesWorld
from tests.support.ledger import Ledger
from tests.support.load import Load
from tests.support.waiting import eventually


def test_a_changed_pool_gets_new_pods_one_by_one_and_no_job_notices(
    run: Run, pool: Pool, world: KubernetesWorld, ledger: Ledger, ann: User
) -> None:
    made = pool(scale_to=2, maximum=3)
    with run() as cluster:
        old = set(wait_for_pods(2))
        load = Load(ledger, ann)
        load.start(40)
        eventually(lambda: Attempt.objects.exists(), PATIENCE)
        PodPool.objects.update(env=made.env | {"LOG_LEVEL": "DEBUG"})
        load.start(40)
        assert {ended(name).reason for name in old} == {"drained"}
        verdict.all_end()
        verdict.right(cluster, ledger, load.started)
        assert not Attempt.objects.filter(outcome="lost").exists()
        # No pod was made in vain.
        assert {*wait_for_pods(2), *old} == set(Pod.objects.values_list("name", flat=True))


def test_work_goes_on_while_the_api_is_away_and_the_pods_are_known_again_after_it(
    run: Run, pool: Pool, kubelet: Kubelet, world: KubernetesWorld, ledger: Ledger, ann: User
) -> None:
    pool(minimum=1, maximum=1)
    with run() as cluster:
        pods = wait_for_pods(1)
        control_plane.kill(control_plane.API_SERVER)
        try:
            eventually(lambda: "pod_backend_unavailable" in cluster.reconciler.log(), PATIENCE)
            load = Load(ledger, ann)
            load.start(20)
            verdict.all_end()
        finally:
            control_plane.start(control_plane.API_SERVER)
        PodPool.objects.update(scale_to=0)
        (only,) = pods
        assert ended(only).reason == "drained"
        assert Pod.objects.count() == 1
        assert kubelet.runs() == []
        verdict.right(cluster, ledger, load.started)


def test_pods_stay_while_redis_is_lost_and_built_anew(
    run: Run, pool: Pool, world: KubernetesWorld, ledger: Ledger, ann: User
) -> None:
    pool(scale_to=2)
    # Whoever was cut off has two leases to come back before a pod is taken for dead.
    with run(LEASE_SECONDS="8") as cluster:
        pods = wait_for_pods(2)
        load = Load(ledger, ann)
        load.start(20)
        eventually(lambda: Job.objects.filter(finished_at__isnull=False).exists(), PATIENCE)
        cluster.restart_redis(empty=True)
        verdict.all_end()
        verdict.right(cluster, ledger, load.started, redis_lost_data=True)
        PodPool.objects.update(scale_to=0)
        assert {ended(name).reason for name in pods} == {"drained"}
        assert Pod.objects.count() == len(pods)


def test_a_reconciler_that_is_killed_is_followed_by_one_that_knows_the_pods(
    run: Run, pool: Pool, kubelet: Kubelet, ledger: Ledger, ann: User
) -> None:
    pool(scale_to=2)
    with run() as cluster:
        pods = wait_for_pods(2)
        load = Load(ledger, ann)
        load.start(40)
        eventually(lambda: Job.objects.filter(finished_at__isnull=False).exists(), PATIENCE)
        cluster.reconciler.kill()
        cluster.reconciler.start()
        verdict.all_end()
        verdict.right(cluster, ledger, load.started)
        PodPool.objects.update(scale_to=1)
        eventually(lambda: Pod.objects.filter(state="ended").count() == 1, PATIENCE)
        assert sorted(Pod.objects.values_list("name", flat=True)) == sorted(pods)
        assert set(kubelet.runs()) < set(pods)
