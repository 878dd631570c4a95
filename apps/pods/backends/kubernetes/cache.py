"""The pods of one namespace: one list, then a watch that tells what changes, and now and then a list to be sure."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from apps.pods.backends.kubernetes.api import ApiError, KubernetesApi
from apps.pods.backends.kubernetes.document import SELECTOR
from apps.pods.backends.kubernetes.status import observed
from apps.pods.backends.port import BackendAway, ObservedPod

logger = logging.getLogger(__name__)

# A watch that lost an event without telling would be believed no longer than this.
RESYNC_SECONDS = 600.0
PAGE = 500
EXPIRED = 410
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0


class NamespaceCache:
    """Kept up to date by a thread of its own, from the first :meth:`pods` to :meth:`close`."""

    def __init__(self, api: KubernetesApi, namespace: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._path = f"/api/v1/namespaces/{namespace}/pods"
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._pods: dict[str, ObservedPod] = {}
        self._version = ""
        self._listed_at = 0.0
        # Why it is not up to date.
        self._fault: BackendAway | None = None
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()
        self.lists = 0

    def pods(self) -> list[ObservedPod]:
        """Raises :class:`BackendAway` while what is known may be out of date."""
        if self._thread is None:
            self._list()
            self._thread = threading.Thread(target=self._follow, name="watch", daemon=True)
            self._thread.start()
        with self._lock:
            if self._fault is not None:
                raise self._fault
            return list(self._pods.values())

    def made(self, body: dict[str, Any]) -> None:
        """A pod that was just made, so that it is not made again before the watch has told of it."""
        with self._lock:
            self._pods.setdefault(body["metadata"]["name"], observed(body))

    def told_to_end(self, body: dict[str, Any]) -> None:
        with self._lock:
            if body["metadata"]["name"] in self._pods:
                self._pods[body["metadata"]["name"]] = observed(body)

    def forget(self, name: str) -> None:
        with self._lock:
            self._pods.pop(name, None)

    def close(self) -> None:
        self._closing.set()

    # -- the thread -----------------------------------------------------------------------------

    def _follow(self) -> None:
        pause = FIRST_PAUSE
        while not self._closing.is_set():
            try:
                if not self._version or self._monotonic() - self._listed_at > RESYNC_SECONDS:
                    self._list()
                self._watch()
                pause = FIRST_PAUSE
            except (ApiError, BackendAway) as error:
                pause = self._bear(error, pause)

    def _bear(self, error: ApiError | BackendAway, pause: float) -> float:
        """An expired version is met by a list at once; everything else by a growing pause. Answers the next pause."""
        self._version = ""
        if isinstance(error, ApiError) and error.status == EXPIRED:
            return pause
        logger.warning("Pods cannot be watched: %s", error)
        with self._lock:
            self._fault = BackendAway(str(error), error.retry_after)
        self._closing.wait(error.retry_after or pause)
        return min(pause * 2, LONGEST_PAUSE)

    def _list(self) -> None:
        found: dict[str, ObservedPod] = {}
        query = {"labelSelector": SELECTOR, "limit": str(PAGE)}
        while True:
            try:
                answer = self._api.call("GET", self._path, query)
            except ApiError as error:
                raise BackendAway(str(error), error.retry_after) from error
            found |= {body["metadata"]["name"]: observed(body) for body in answer["items"]}
            following = answer["metadata"].get("continue")
            if not following:
                break
            query["continue"] = following
        self.lists += 1
        with self._lock:
            self._pods, self._fault = found, None
        self._version, self._listed_at = answer["metadata"]["resourceVersion"], self._monotonic()

    def _watch(self) -> None:
        """Until the server closes it; the next one goes on where it ended."""
        for event in self._api.watch(self._path, {"labelSelector": SELECTOR, "resourceVersion": self._version}):
            if self._closing.is_set():
                return
            body = event["object"]
            if event["type"] == "ERROR":
                raise ApiError(body.get("code", 500), body.get("reason", ""), body.get("message", ""))
            self._version = body["metadata"]["resourceVersion"]
            self._apply(event["type"], body)

    def _apply(self, kind: str, body: dict[str, Any]) -> None:
        if kind == "BOOKMARK":
            return
        with self._lock:
            if kind == "DELETED":
                self._pods.pop(body["metadata"]["name"], None)
            else:
                self._pods[body["metadata"]["name"]] = observed(body)
