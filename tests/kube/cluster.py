"""A Base Shift whose executors are pods: Redis, a scheduler and a reconciler as processes, beside a Kubernetes API."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from apps.core.stack import parts
from apps.pods.models import Pod
from tests.chaos.cluster import Cluster
from tests.chaos.process import Process

IDLE_SECONDS = 3


class KubeCluster(Cluster):
    """``kubeconfig`` is the reconciler's, ``namespace`` that of its pods."""

    def __init__(self, directory: Path, kubeconfig: Path, namespace: str) -> None:
        self._kubeconfig = kubeconfig
        self._namespace = namespace
        super().__init__(directory, executors=0)
        self.reconciler = Process("reconciler", parts.manage("reconcile_pods"), self._environment(), directory)

    @property
    def processes(self) -> list[Process]:
        return [*self.schedulers, self.reconciler]

    @property
    def plugins(self) -> Path:
        """What executors need on their PYTHONPATH to know the job types that no executor should have."""
        return self._plugins

    def _environment(self) -> dict[str, str]:
        return {
            **super()._environment(),
            "POD_BACKEND": "kubernetes",
            "KUBECONFIG": str(self._kubeconfig),
            "POD_NAMESPACE": self._namespace,
            "POD_IDLE_SECONDS": str(IDLE_SECONDS),
            "JOB_QUEUE_URL": self.redis.url,
        }


@contextmanager
def running(directory: Path, kubeconfig: Path, namespace: str) -> Iterator[KubeCluster]:
    """Whatever is left of it at the end is killed."""
    cluster = KubeCluster(directory, kubeconfig, namespace)
    cluster.redis.start()
    try:
        cluster.start()
        yield cluster
    except BaseException as error:
        for process in cluster.processes:
            error.add_note(process.tail())
        error.add_note(f"pods: {list(Pod.objects.values_list('name', 'pool__name', 'state', 'reason', 'node'))}")
        raise
    finally:
        cluster.kill()
        if cluster.redis.process is not None:
            cluster.redis.kill()
