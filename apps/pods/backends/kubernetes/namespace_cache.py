"""The pods of one namespace: one list, then a watch of what changes, and now and then a list to be sure."""

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from apps.pods.backends.kubernetes.api import ApiError, KubernetesApi, Watch
from apps.pods.backends.kubernetes.manifest import SELECTOR
from apps.pods.backends.kubernetes.pod_cache import PodCache
from apps.pods.backends.kubernetes.status import observed
from apps.pods.backends.port import BackendUnavailable, ObservedPod

logger = logging.getLogger(__name__)

# A watch that lost an event silently would be believed no longer than this.
RESYNC_SECONDS = 600.0
PAGE_SIZE = 500
EXPIRED = 410
INITIAL_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 0.5, 30.0
# What went so long had worked.
MIN_HEALTHY_SECONDS = 5.0
# How long a look waits for the first list. The next one may find it.
FIRST_LIST_TIMEOUT_SECONDS = 15.0
JOIN_TIMEOUT_SECONDS = 2.0
# Times of a pod by the API server's clock.
TIMES = ("created_at", "placed_at", "stop_by")


class NamespaceCache:
    """Pods of a namespace, kept up to date by a thread of its own, from :meth:`start` to :meth:`close`."""

    def __init__(self, api: KubernetesApi, namespace: str) -> None:
        self._api = api
        self._path = f"/api/v1/namespaces/{namespace}/pods"
        self._known = PodCache()
        self._version = ""
        self._listed_at = 0.0
        # Why it is not up to date.
        self._fault: BackendUnavailable | None = BackendUnavailable(f"the pods of {namespace} are not listed yet")
        self._answered = threading.Event()
        self._watch: Watch | None = None
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()
        self.lists = 0

    def start(self) -> None:
        """Follow the namespace, unless that is under way."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._follow, name="watch", daemon=True)
            self._thread.start()

    def pods(self) -> list[ObservedPod]:
        """Return all pods. Raises :class:`BackendUnavailable` while what is known may be out of date."""
        self._answered.wait(FIRST_LIST_TIMEOUT_SECONDS)
        if fault := self._fault:
            # A new one each time: an error that is raised again and again grows by a traceback each time.
            raise BackendUnavailable(str(fault), fault.retry_after)
        return self._known.pods()

    @property
    def is_empty(self) -> bool:
        """Return whether there is surely no pod of ours."""
        return self._fault is None and not self._known.pods()

    def made(self, body: dict[str, Any]) -> ObservedPod:
        """Add a pod that was just made, so that it is not made again before the watch reports it."""
        pod = self._pod(body)
        self._known.made(pod)
        return pod

    def deleting(self, body: dict[str, Any]) -> None:
        self._known.deleting(self._pod(body))

    def forget(self, name: str) -> None:
        self._known.gone(name)

    def close(self) -> None:
        """Stop the thread. It may be in the middle of a call, whose end is not waited for."""
        self._closing.set()
        if watch := self._watch:
            watch.close()
        if self._thread is not None:
            self._thread.join(JOIN_TIMEOUT_SECONDS)

    # -- the thread -----------------------------------------------------------------------------

    def _follow(self) -> None:
        """Run rounds, each after a pause, which grows as long as they fail."""
        pause = INITIAL_PAUSE_SECONDS
        while not self._closing.is_set():
            began = time.monotonic()
            error = self._round()
            if error is None or time.monotonic() - began > MIN_HEALTHY_SECONDS:
                pause = INITIAL_PAUSE_SECONDS
            if error is not None and not self._closing.is_set():
                self._note(error, is_first=pause == INITIAL_PAUSE_SECONDS)
            self._closing.wait((error and error.retry_after) or pause)
            pause = min(pause * 2, MAX_PAUSE_SECONDS)

    def _round(self) -> ApiError | BackendUnavailable | None:
        """List, if that is due, then watch as long as that goes. Returns what went wrong."""
        try:
            if not self._version or time.monotonic() - self._listed_at > RESYNC_SECONDS:
                self._list()
            self._watch_on()
        except (ApiError, BackendUnavailable) as error:
            self._version = ""
            return error
        return None

    def _note(self, error: ApiError | BackendUnavailable, *, is_first: bool) -> None:
        """Keep the error. One expired version is normal; if that of a new list expires, too, nothing can be known."""
        if is_first and isinstance(error, ApiError) and error.status == EXPIRED:
            return
        logger.warning("pod_watch_failed", extra={"error": str(error)})
        self._fault = BackendUnavailable(str(error), error.retry_after)
        self._answered.set()

    def _list(self) -> None:
        self._known.list_started()
        try:
            found, version = self._pages({"limit": str(PAGE_SIZE)})
        except ApiError as error:
            if error.status != EXPIRED:
                raise
            # Its first page was too old when a later one was asked for: all at once, then.
            found, version = self._pages({})
        self._known.listed(found)
        self._version, self._listed_at, self._fault = version, time.monotonic(), None
        self.lists += 1
        self._answered.set()

    def _pages(self, query: Mapping[str, str]) -> tuple[dict[str, ObservedPod], str]:
        """Return all pods, and the version as of which they are so."""
        found: dict[str, ObservedPod] = {}
        following: dict[str, str] = {}
        while True:
            answer = self._api.call("GET", self._path, {"labelSelector": SELECTOR, **query, **following})
            with _malformed_as_unavailable():
                found |= {pod.name: pod for pod in map(self._pod, answer["items"])}
                version: str = answer["metadata"]["resourceVersion"]
                following = {"continue": answer["metadata"].get("continue") or ""}
            if not following["continue"]:
                return found, version

    def _watch_on(self) -> None:
        """Watch until the server closes it; the next watch goes on where this one ended."""
        self._watch = self._api.watch(self._path, {"labelSelector": SELECTOR, "resourceVersion": self._version})
        try:
            if self._closing.is_set():
                self._watch.close()
            for event in self._watch:
                with _malformed_as_unavailable():
                    self._take(event["type"], event["object"])
        finally:
            self._watch = None

    def _take(self, kind: str, body: dict[str, Any]) -> None:
        if kind == "ERROR":
            raise ApiError(body.get("code", 500), body.get("reason", ""), body.get("message", ""))
        if kind == "DELETED":
            self._known.gone(body["metadata"]["name"])
        elif kind != "BOOKMARK":
            self._known.changed(self._pod(body))
        self._version = body["metadata"]["resourceVersion"]

    def _pod(self, body: dict[str, Any]) -> ObservedPod:
        """Read a pod, with times of our own clock."""
        with _malformed_as_unavailable():
            pod = observed(body)
        if not (ahead := self._api.ahead):
            return pod
        moments = {name: moment for name in TIMES if (moment := getattr(pod, name))}
        return replace(pod, **{name: moment - ahead for name, moment in moments.items()})


@contextmanager
def _malformed_as_unavailable() -> Iterator[None]:
    """Turn errors of reading into :class:`BackendUnavailable`: what is no answer of a Kubernetes API is none at all."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BackendUnavailable(f"what the Kubernetes API tells of pods is not understood: {error!r}") from error
