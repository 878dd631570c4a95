"""The pods of a namespace by a list, a watch and our own calls, in whatever order these come in."""

import threading
from collections.abc import Mapping

from apps.pods.backends.port import ObservedPod


class PodCache:
    """Pods by name. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pods: dict[str, ObservedPod] = {}
        # What was done since the last list was begun, which may or may not show it. None: the pod is gone.
        self._since: dict[str, ObservedPod | None] = {}

    def pods(self) -> list[ObservedPod]:
        with self._lock:
            return list(self._pods.values())

    def list_started(self) -> None:
        with self._lock:
            self._since = {}

    def listed(self, found: Mapping[str, ObservedPod]) -> None:
        """Take over a list, except for what it may be too old to show."""
        pods = dict(found)
        with self._lock:
            for name, pod in self._since.items():
                if pod is None:
                    pods.pop(name, None)
                elif name not in pods or (pod.stopping and not pods[name].stopping):
                    pods[name] = pod
            self._pods = pods

    def made(self, pod: ObservedPod) -> None:
        """Add a pod. The watch may have reported it before, and more; also that it is gone."""
        with self._lock:
            if self._since.get(pod.name, pod) is not None:
                self._since[pod.name] = self._pods.setdefault(pod.name, pod)

    def deleting(self, pod: ObservedPod) -> None:
        """Keep a pod that is being deleted, unless it is gone already."""
        with self._lock:
            if pod.name in self._pods:
                self._since[pod.name] = self._pods[pod.name] = pod

    def changed(self, pod: ObservedPod) -> None:
        """Take over a change. A deletion is never taken back, though the watch may still report what was before."""
        with self._lock:
            known = self._pods.get(pod.name)
            if known is None or pod.stopping or not known.stopping:
                self._pods[pod.name] = pod

    def gone(self, name: str) -> None:
        with self._lock:
            self._pods.pop(name, None)
            self._since[name] = None
