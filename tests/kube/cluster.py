"""A Base Shift whose executors are pods: Redis, a scheduler and a reconciler as processes, beside a Kubernetes API."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from apps.pods.models import Pod
from apps.stack import command_lines
from apps.workflows.live import keys
from tests.support.cluster import Cluster
from tests.support.process import Process

IDLE_SECONDS = 3


class KubeCluster(Cluster):
    """``settings`` are further ones of its environment."""

    def __init__(self, directory: Path, settings: Mapping[str, str]) -> None:
        self._settings = settings
        super().__init__(directory, executors=0)
        self.reconciler = Process("reconciler", command_lines.manage("reconcile_pods"), self._environment(), directory)

    @property
    def processes(self) -> list[Process]:
        return [*self.schedulers, self.reconciler]

    def end_leases(self, executor: str) -> None:
        """Those of a dead executor end by themselves, after a while: let them end now. Nobody else may hold a job."""
        with self.redis.client() as client:
            client.delete(keys.executor(executor))
            for name in self.keys("leases:*"):
                client.zadd(name, dict.fromkeys(client.zrange(name, 0, -1), 1), xx=True)

    def _environment(self) -> dict[str, str]:
        return {
            **super()._environment(),
            "POD_BACKEND": "kubernetes",
            "POD_IDLE_SECONDS": str(IDLE_SECONDS),
            "JOB_QUEUE_URL": self.redis.url,
            **self._settings,
        }


@contextmanager
def running(directory: Path, **settings: str) -> Iterator[KubeCluster]:
    """Whatever is left of it at the end is killed."""
    cluster = KubeCluster(directory, settings)
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
