"""Places where pods run while the reconciler is killed: what is there is told without the reconciler's own means."""

import queue
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from django.utils import timezone

from apps.core.pools import DEFAULT_POOL
from apps.pods.backends.kubernetes.api import ApiError, Watch
from apps.pods.backends.kubernetes.manifest import POOL
from apps.pods.backends.port import Backend, BackendUnavailable
from apps.pods.backends.process import ProcessBackend
from apps.stack.child import Child
from apps.stack.node import Node
from apps.stack.process_spec import ProcessDirectory
from apps.stack.stack import PODS_DIRECTORY
from apps.stack.supervisor import Supervisor
from tests.support.kube import KubernetesWorld, account_config, kubeconfig

# Stands for an executor: it ends when it is told to.
PROGRAM = ["sleep", "1000"]
TURN_SECONDS = 0.01
NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Seen:
    """A pod that has not ended."""

    name: str
    pool: str
    runs: bool
    stopping: bool


class Place(Protocol):
    # How many pods a pool may have here, and how many the default one has without work.
    most: int
    least: int
    # For the reconciler's process.
    environment: Mapping[str, str]

    def backend(self) -> Backend:
        """As a reconciler has it."""

    def turn(self) -> Iterator[list[Seen]]:
        """Go on for a moment. Answers what there was since the last turn, one moment after another."""

    def kill(self, name: str) -> None:
        """Have the pod end, uncleanly."""

    def close(self) -> None: ...


class OneMachine:
    """A node as that of ``run_stack``. ``directory`` is the stack's."""

    def __init__(self, directory: Path) -> None:
        self._processes = ProcessDirectory(directory / PODS_DIRECTORY)
        self._children: dict[str, Child] = {}
        self._supervisor = Supervisor(lambda line: None)
        self._node = Node(self._processes, self._supervisor, self._build)
        self.least, self.most = self.backend().limits(DEFAULT_POOL, 0, 2)
        self.environment = {"POD_BACKEND": "process"}

    def backend(self) -> ProcessBackend:
        return ProcessBackend(self._processes, timezone.now)

    def turn(self) -> Iterator[list[Seen]]:
        self._supervisor.tick(TURN_SECONDS)
        self._node.tick(time.monotonic())
        seen = []
        for spec in self._processes.all():
            child = self._children.get(spec.name)
            if child is None or child.runs:
                seen.append(Seen(spec.name, spec.pool, child is not None, spec.grace is not None))
        yield seen

    def kill(self, name: str) -> None:
        process = self._children[name].process
        assert process is not None
        process.kill()
        process.wait()

    def close(self) -> None:
        self._supervisor.stop(5.0)

    def _build(self, name: str, environment: Mapping[str, str]) -> Child:
        self._children[name] = Child(name, PROGRAM)
        return self._children[name]


class Cluster:
    """A real Kubernetes API, where kwok runs the pods. ``directory`` takes the reconciler's own kubeconfig."""

    most, least = 6, 0

    def __init__(self, directory: Path) -> None:
        self._world = KubernetesWorld(kubeconfig())
        self.environment = {
            "POD_BACKEND": "kubernetes",
            "KUBECONFIG": str(account_config(self._world, directory, "reconciler")),
            "POD_NAMESPACE": self._world.namespace,
        }
        self._pods: dict[str, Seen] = {}
        self._changes: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._watch = self._watch_from("0")
        threading.Thread(target=self._listen, daemon=True).start()

    def backend(self) -> Backend:
        return self._world.second()

    def turn(self) -> Iterator[list[Seen]]:
        """As the API server tells of it, change by change: nothing that ever was is left out."""
        try:
            change = self._changes.get(timeout=TURN_SECONDS)
        except queue.Empty:
            yield list(self._pods.values())
            return
        while True:
            self._apply(change)
            yield list(self._pods.values())
            try:
                change = self._changes.get_nowait()
            except queue.Empty:
                return

    def kill(self, name: str) -> None:
        try:
            self._world.kill(name)
        except ApiError as error:
            # A reconciler was quicker.
            if error.status != NOT_FOUND:
                raise

    def close(self) -> None:
        self._closing.set()
        self._watch.close()
        self._world.close()

    def _listen(self) -> None:
        version = "0"
        with suppress(ApiError, BackendUnavailable):
            while not self._closing.is_set():
                for event in self._watch:
                    self._changes.put(event)
                    version = event["object"]["metadata"].get("resourceVersion", version)
                # The server ends a watch after some minutes, which a busy machine may take for a test.
                self._watch = self._watch_from(version)
        self._watch.close()

    def _watch_from(self, version: str) -> Watch:
        return self._world.api.watch(self._world.path(), {"resourceVersion": version})

    def _apply(self, change: dict[str, Any]) -> None:
        body = change["object"]
        metadata, phase = body["metadata"], body.get("status", {}).get("phase")
        self._pods.pop(metadata.get("name"), None)
        if change["type"] in ("ADDED", "MODIFIED") and phase not in ("Succeeded", "Failed"):
            seen = Seen(metadata["name"], metadata["labels"][POOL], phase == "Running", "deletionTimestamp" in metadata)
            self._pods[seen.name] = seen
