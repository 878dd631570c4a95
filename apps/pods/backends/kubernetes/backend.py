"""The backend of pods on a Kubernetes API."""

from collections.abc import Callable, Iterable
from typing import Any

from apps.pods.backends.kubernetes.api import ApiError, KubernetesApi
from apps.pods.backends.kubernetes.manifest import CONTAINER, pod_manifest
from apps.pods.backends.kubernetes.namespace_cache import NamespaceCache
from apps.pods.backends.port import (
    DELETED_EXTERNALLY,
    BackendUnavailable,
    LogsUnavailable,
    ObservedPod,
    PodRejected,
    PodSpec,
)
from apps.pods.spec import plaintext_secrets

FORBIDDEN, NOT_FOUND, CONFLICT, INVALID, BAD_REQUEST, SERVER_ERROR = 403, 404, 409, 422, 400, 500
# The most of a log that is read at once.
MAX_LOG_BYTES = 1024 * 1024
TRUNCATED = "[truncated: request fewer lines]"
# As in the table of pods. Kubernetes allows more.
MAX_NAME_LENGTH = 63


class KubernetesBackend:
    """Pods in namespaces of a cluster.

    ``namespace`` is that of pools that name none; ``others`` returns the others in which pods of ours may be.
    """

    vanished_reason = DELETED_EXTERNALLY

    def __init__(self, api: KubernetesApi, namespace: str, others: Callable[[], Iterable[str]] = tuple) -> None:
        self._api = api
        self._namespace = namespace or api.namespace
        self._others = others
        self._caches: dict[str, NamespaceCache] = {}
        # As of the last look, or of their making.
        self._seen: dict[str, ObservedPod] = {}
        self._unseen: dict[str, str] = {}

    def limits(self, pool: str, minimum: int, maximum: int) -> tuple[int, int]:
        return minimum, maximum

    def observe(self) -> list[ObservedPod]:
        namespaces = {self._namespace, *self._others()} - {""}
        self._leave(namespaces)
        # Those, too, in which a pod was made of a pool that left meanwhile.
        namespaces |= set(self._caches)
        for namespace in namespaces:
            self._cache(namespace).start()
        found: dict[str, ObservedPod] = {}
        faults: dict[str, BackendUnavailable] = {}
        for namespace in sorted(namespaces, key=lambda one: (one != self._namespace, one)):
            try:
                # One name may be there twice, if a person copied a pod: the copy is none of ours.
                found = {pod.name: pod for pod in self._cache(namespace).pods() if _is_ours(pod)} | found
            except BackendUnavailable as error:
                faults[namespace] = error
        if len(faults) == len(self._caches):
            raise next(iter(faults.values()))
        self._unseen = {namespace: str(error) for namespace, error in faults.items()}
        self._seen = found
        return list(found.values())

    def unreachable_namespaces(self) -> dict[str, str]:
        own = {"": self._unseen[self._namespace]} if self._namespace in self._unseen else {}
        return self._unseen | own

    def create(self, name: str, spec: PodSpec) -> None:
        if names := plaintext_secrets.find_secrets(spec.env):
            raise PodRejected(
                f"{', '.join(names)}: a secret goes into a Kubernetes Secret, by POD_SECRET or the pool's env"
            )
        namespace = spec.namespace or self._namespace
        try:
            made = self._api.call("POST", _path(namespace), body=pod_manifest(name, spec))
        except ApiError as error:
            if error.status == CONFLICT:
                return
            raise _create_error(error) from error
        self._seen[name] = self._cache(namespace).made(made)

    def delete(self, name: str, grace_seconds: int) -> None:
        seen = self._seen.get(name)
        namespace = (seen and seen.namespace) or self._namespace
        # What was decided is about the pod that was seen: one that came after it by its name is none of our business.
        same = {"preconditions": {"uid": seen.uid}} if seen and seen.uid else {}
        try:
            answer = self._api.call(
                "DELETE", f"{_path(namespace)}/{name}", body={"gracePeriodSeconds": grace_seconds, **same}
            )
        except ApiError as error:
            if error.status == NOT_FOUND:
                self._cache(namespace).forget(name)
            elif error.status != CONFLICT:
                raise BackendUnavailable(str(error), error.retry_after) from error
            # In a conflict somebody else changed or replaced it: the next look decides again.
            return
        self._note_end(namespace, answer)

    def logs(self, name: str, namespace: str, lines: int) -> str:
        path = f"{_path(namespace or self._namespace)}/{name}/log"
        query = {"container": CONTAINER, "tailLines": str(lines), "limitBytes": str(MAX_LOG_BYTES)}
        try:
            text = self._api.text(path, query)
        except ApiError as error:
            raise _log_error(error) from error
        # What is missing then are the newest lines.
        return text if len(text.encode()) < MAX_LOG_BYTES else f"{text}\n{TRUNCATED}\n"

    def close(self) -> None:
        for cache in self._caches.values():
            cache.close()
        self._api.close()

    @property
    def lists(self) -> int:
        """Return how many lists were requested so far."""
        return sum(cache.lists for cache in self._caches.values())

    def _note_end(self, namespace: str, answer: dict[str, Any]) -> None:
        # A pod that never ran is gone at once, and the answer is a bare status.
        if answer.get("kind") == "Pod":
            self._cache(namespace).deleting(answer)

    def _leave(self, namespaces: set[str]) -> None:
        """Stop following namespaces where no pods of ours are or will be."""
        for namespace in set(self._caches) - namespaces:
            if self._caches[namespace].is_empty:
                self._caches.pop(namespace).close()

    def _cache(self, namespace: str) -> NamespaceCache:
        return self._caches.setdefault(namespace, NamespaceCache(self._api, namespace))


def _is_ours(pod: ObservedPod) -> bool:
    """Return False for names longer than any that we make, whatever their labels are."""
    return len(pod.name) <= MAX_NAME_LENGTH


def _path(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/pods"


def _log_error(error: ApiError) -> LogsUnavailable | BackendUnavailable:
    """Return why there is no log, by what the API or, through it, the node's kubelet answered."""
    if error.status == BAD_REQUEST:
        # "container … is waiting to start: ContainerCreating", "pod … does not have a host assigned".
        return LogsUnavailable(f"the executor has not started: {error.message}")
    if error.status == NOT_FOUND:
        return LogsUnavailable("the pod is gone, and what it wrote with it")
    if error.status == FORBIDDEN:
        return LogsUnavailable("Kubernetes does not let this process read logs: see k8s/base/web-rbac.yaml")
    if error.status >= SERVER_ERROR and error.retry_after is None:
        # Its message holds the node's address.
        return LogsUnavailable("the node of the pod does not hand out its log now")
    return BackendUnavailable(str(error), error.retry_after)


def _create_error(error: ApiError) -> PodRejected | BackendUnavailable:
    """Return a rejection for a quota, a policy or a bad pool; all other errors are about the API itself."""
    if error.status in (FORBIDDEN, INVALID, BAD_REQUEST, NOT_FOUND):
        return PodRejected(error.message or str(error))
    return BackendUnavailable(str(error), error.retry_after)
