"""Pods that exist in memory alone, for trying plans and pools without running anything."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from apps.pods.backends.port import DELETED_EXTERNALLY, LogsUnavailable, ObservedPod, Phase, PodSpec

# What each of its pods writes when it starts.
LOG_LINES = ("one", "two", "up")


class MemoryBackend:
    """Pods that run from the first look on; one that is deleted has ended at the next look."""

    vanished_reason = DELETED_EXTERNALLY

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._pods: dict[str, ObservedPod] = {}

    def limits(self, pool: str, minimum: int, maximum: int) -> tuple[int, int]:
        return minimum, maximum

    def observe(self) -> list[ObservedPod]:
        with self._lock:
            pods = list(self._pods.values())
            self._pods = {pod.name: replace(pod, phase=_next(pod)) for pod in pods if not pod.stopping}
            return pods

    def unreachable_namespaces(self) -> dict[str, str]:
        return {}

    def create(self, name: str, spec: PodSpec) -> None:
        with self._lock:
            new = ObservedPod(name, spec.pool, spec.revision, Phase.PENDING, self._clock(), namespace=spec.namespace)
            self._pods.setdefault(name, new)

    def delete(self, name: str, grace_seconds: int) -> None:
        with self._lock:
            if name in self._pods:
                self._pods[name] = replace(self._pods[name], stop_by=self._clock() + timedelta(seconds=grace_seconds))

    def end(self, name: str, reason: str) -> None:
        """Have the pod end by itself."""
        with self._lock:
            self._pods[name] = replace(self._pods[name], phase=Phase.ENDED, reason=reason)

    def logs(self, name: str, namespace: str, lines: int) -> str:
        with self._lock:
            pod = self._pods.get(name)
            if pod is None:
                raise LogsUnavailable("the pod is gone, and what it wrote with it")
            if pod.phase is Phase.PENDING:
                raise LogsUnavailable("the pod has not started")
            return "".join(f"{line}\n" for line in LOG_LINES[-lines:])

    def close(self) -> None:
        """Do nothing: nothing is open."""


def _next(pod: ObservedPod) -> Phase:
    return Phase.RUNNING if pod.phase is Phase.PENDING else pod.phase
