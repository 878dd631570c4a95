"""Plays the kubelet of one node: runs real executors for the pods that the real scheduler binds to it.

What it leaves out: limits of the CPU, volumes but one at /tmp, security contexts, restarts, and images as such: a pod of a
known image runs that image's command from this checkout.
"""

import logging
import threading
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from apps.pods.backends.kubernetes.api import ApiError, KubernetesApi
from apps.pods.backends.port import BackendUnavailable
from tests.kube.container import Container, Image
from tests.kube.logs import LogServer
from tests.kube.node import Node, delete
from tests.kube.pod_run import PodRun
from tests.kube.starting import Start
from tests.support.cluster import PATIENCE
from tests.support.waiting import eventually

logger = logging.getLogger(__name__)

TURN_SECONDS = 0.1


class Kubelet:
    """It works from :meth:`start` to :meth:`close`, or until it dies.

    ``images`` are those that can be pulled. ``group`` is its node's label, by which pools select it.
    """

    def __init__(self, kubeconfig: str, images: Mapping[str, Image], directory: Path, group: str) -> None:
        self._api = KubernetesApi(kubeconfig)
        self._images = images
        self._directory = directory
        self._directory.mkdir()
        self.node = Node(self._api, f"real-{uuid.uuid4().hex[:8]}", group)
        self._runs: dict[str, PodRun] = {}
        self._bodies: dict[str, Any] = {}
        self._logs = LogServer(self._log, directory)
        self._ending = threading.Event()
        # It starts the containers, and they end with it: one thread for all.
        self._thread = threading.Thread(target=self._work, name=f"kubelet of {self.node.name}")

    def start(self) -> None:
        self._logs.start()
        self.node.register(self._logs.port)
        self._thread.start()
        eventually(self.node.is_schedulable, PATIENCE)

    def die(self) -> None:
        """The machine is gone, with all that ran on it: nobody tells the API."""
        self._ending.set()
        self._thread.join()
        for run in self._runs.values():
            run.kill()

    def close(self) -> None:
        """Leave nothing behind, neither here nor in the API."""
        self.die()
        self._logs.close()
        for body in self._list().values():
            metadata = body["metadata"]
            path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"
            delete(self._api, path, {"gracePeriodSeconds": 0})
        self.node.remove()
        self._api.close()

    def runs(self) -> list[str]:
        """The names of the pods whose container runs."""
        return sorted(self._running())

    def pause(self, name: str) -> None:
        """Have the pod's container hang."""
        self._running()[name].pause()

    def _running(self) -> dict[str, Container]:
        runs = self._runs.copy().values()
        return {run.name: run.container for run in runs if run.container and run.container.exit_code() is None}

    def logs(self) -> str:
        """What the containers wrote, for a failing test."""
        runs = self._runs.copy().values()
        return "\n".join(f"-- {run.name}\n{run.container.log()}" for run in runs if run.container)

    # -- the thread -----------------------------------------------------------------------------

    def _work(self) -> None:
        while not self._ending.is_set():
            self._try(self.node.beat)
            self._try(self._look)
            for uid, run in list(self._runs.items()):
                if not run.over:
                    # While the API is away, by what it told last.
                    self._try(partial(run.turn, self._bodies.get(uid)))
            self._ending.wait(TURN_SECONDS)

    @staticmethod
    def _try(step: Callable[[], None]) -> None:
        try:
            step()
        except (ApiError, BackendUnavailable) as error:
            logger.debug("The API is away: %s", error)

    def _look(self) -> None:
        self._bodies = self._list()
        for uid, body in self._bodies.items():
            if uid not in self._runs:
                self._runs[uid] = PodRun(self._api, Start(self._api, self._images, self._directory / uid), body)

    def _list(self) -> dict[str, Any]:
        """The node's pods by their uid."""
        found = self._api.call("GET", "/api/v1/pods", {"fieldSelector": f"spec.nodeName={self.node.name}"})
        return {body["metadata"]["uid"]: body for body in found["items"]}

    def _log(self, namespace: str, pod: str, container: str) -> str | None:
        for run in self._runs.copy().values():
            if (run.namespace, run.name, run.container_name) == (namespace, pod, container):
                return run.container.log() if run.container else ""
        return None
