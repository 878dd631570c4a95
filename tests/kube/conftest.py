"""Executors in pods that really run: a Kubernetes API, a kubelet of our own, and a Base Shift around the test's database."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from apps.core.models import User
from apps.pods.models import IMAGE, PodPool
from apps.workflows.live import keys, web
from apps.workflows.models import Shard
from tests.kube import cluster as clusters
from tests.kube import image
from tests.kube.cluster import KubeCluster
from tests.kube.container import Image
from tests.kube.kubelet import Kubelet
from tests.kube.node import LABEL
from tests.support.cluster import LONG_LEASE_SECONDS
from tests.support.kube import KubernetesWorld, account_config, kubeconfig
from tests.support.ledger import Ledger, served

# An image whose command ends at once, by itself.
CRASHING = "base-shift/crashing:v1"

Run = Callable[..., AbstractContextManager[KubeCluster]]
Pool = Callable[..., PodPool]
NewKubelet = Callable[[], Kubelet]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this folder needs a Kubernetes API."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.kube)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with served(tmp_path) as ledger:
        yield ledger


@pytest.fixture
def ann(transactional_db: None) -> Iterator[User]:
    yield User.objects.create_user("ann")
    cache.clear()


@pytest.fixture
def world() -> Iterator[KubernetesWorld]:
    made = KubernetesWorld(kubeconfig())
    yield made
    made.close()


@pytest.fixture
def new_kubelet(world: KubernetesWorld, tmp_path: Path) -> Iterator[NewKubelet]:
    """Nodes of this test's own, which its pools select."""
    made: list[Kubelet] = []
    images = {IMAGE: image.executor(), CRASHING: Image(["sh", "-c", "echo it cannot work; exit 3"])}

    def new() -> Kubelet:
        kubelet = Kubelet(kubeconfig(), images, tmp_path / f"kubelet-{len(made)}", world.namespace)
        made.append(kubelet)
        kubelet.start()
        return kubelet

    yield new
    for kubelet in made:
        kubelet.close()


@pytest.fixture
def kubelet(new_kubelet: NewKubelet) -> Kubelet:
    return new_kubelet()


@pytest.fixture
def pool(transactional_db: None, world: KubernetesWorld) -> Pool:
    """Makes a pool on the test's nodes. ``env``: more of its executors' variables."""

    def make(name: str = "default", **fields: Any) -> PodPool:
        fields["env"] = {"LEASE_SECONDS": f"{LONG_LEASE_SECONDS:g}", **fields.get("env", {})}
        return PodPool.objects.create(name=name, node_selector={LABEL: world.namespace}, **fields)

    return make


@pytest.fixture
def run(world: KubernetesWorld, kubelet: Kubelet, ledger: Ledger, settings: Any, tmp_path: Path) -> Run:
    """Starts a cluster on the test's database, with further settings.

    The services of the test's own process use its Redis, too.
    """

    @contextmanager
    def running(**more: str) -> Iterator[KubeCluster]:
        Shard.objects.get_or_create(pk=keys.SHARD)
        config = str(account_config(world, tmp_path, "reconciler"))
        with clusters.running(tmp_path, KUBECONFIG=config, POD_NAMESPACE=world.namespace, **more) as cluster:
            settings.REDIS_URL = cluster.redis.url
            web.connection.cache_clear()
            try:
                yield cluster
            except BaseException as error:
                error.add_note(kubelet.logs())
                raise
            finally:
                web.connection().close()
                web.connection.cache_clear()

    return running
