"""One pod on its node, from its coming to its going. Restarts are not played: executors' pods are never restarted."""

import time
from collections.abc import Mapping
from typing import Any

from apps.pods.backends.kubernetes.api import ApiError, KubernetesApi
from apps.pods.planning import quantities
from tests.kube import status
from tests.kube.container import Container
from tests.kube.probes import Probes
from tests.kube.starting import CannotStart, Start

Body = Mapping[str, Any]
# How long a pod that cannot start waits before it is tried again.
BACK_OFF_SECONDS = 2.0
# What a pod gets that was deleted without any grace, as the real kubelet gives it.
LEAST_GRACE = 1.0
NOT_FOUND, CONFLICT = 404, 409


class PodRun:
    """``body`` is the pod as it was when it came."""

    def __init__(self, api: KubernetesApi, start: Start, body: Body) -> None:
        self._api = api
        self._start = start
        self._body = body
        self._state: status.State = status.waiting("ContainerCreating")
        self._told: tuple[object, ...] = ()
        self._try_at = 0.0
        self._kill_at: float | None = None
        self._killed_for = ""
        self._probes: Probes | None = None
        self.container: Container | None = None
        self.over = False

    @property
    def name(self) -> str:
        return str(self._body["metadata"]["name"])

    @property
    def namespace(self) -> str:
        return str(self._body["metadata"]["namespace"])

    @property
    def container_name(self) -> str:
        return str(self._spec["name"])

    @property
    def _path(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/pods/{self.name}"

    @property
    def _spec(self) -> Body:
        container: Body
        (container,) = self._body["spec"]["containers"]
        return container

    def turn(self, body: Body | None) -> None:
        """Do what is due. ``body`` is the pod as the API has it now, None if it is gone there."""
        self._body = body or self._body
        self._look_after(is_gone=body is None)
        leaves = body is None or "deletionTimestamp" in body["metadata"]
        if self.container is None and "terminated" not in self._state and not leaves:
            self._try_to_start()
        if leaves:
            self._leave(body)
        if body is not None:
            self._tell(body)
            if leaves and not self._runs():
                self._remove(body)
        self.over = body is None and not self._runs()

    def kill(self) -> None:
        """As a machine that loses its power."""
        if self.container is not None:
            self.container.kill()

    def _runs(self) -> bool:
        return self.container is not None and "running" in self._state

    # -- its beginning --------------------------------------------------------------------------

    def _try_to_start(self) -> None:
        if time.monotonic() < self._try_at:
            return
        self._try_at = time.monotonic() + BACK_OFF_SECONDS
        try:
            self.container, self._probes = self._start(self._body)
        except CannotStart as error:
            self._state = status.waiting(error.reason, str(error))
        else:
            self._state = status.running()

    # -- while it runs --------------------------------------------------------------------------

    def _look_after(self, *, is_gone: bool) -> None:
        if self.container is None or not self._runs():
            return
        if not is_gone and not self._killed_for:
            self._check_memory(self.container)
            self._check_probes()
        if self._kill_at is not None and time.monotonic() > self._kill_at:
            self.container.kill()
        code = self.container.exit_code()
        if code is not None:
            reason = self._killed_for or ("Error" if code else "Completed")
            message = self.container.log() if code and self._falls_back_to_its_log() else ""
            self._state = status.terminated(code, reason, message, self._state)

    def _falls_back_to_its_log(self) -> bool:
        return self._spec.get("terminationMessagePolicy") == "FallbackToLogsOnError"

    def _check_memory(self, container: Container) -> None:
        limit = self._spec.get("resources", {}).get("limits", {}).get("memory")
        if limit and container.peak_memory() > quantities.parse(limit):
            container.kill()
            self._killed_for = "OOMKilled"

    def _check_probes(self) -> None:
        assert self._probes is not None
        self._probes.turn()
        if self._probes.dead:
            self._end(self._body["spec"]["terminationGracePeriodSeconds"])

    # -- its end --------------------------------------------------------------------------------

    def _leave(self, body: Body | None) -> None:
        # What the API has lost was deleted without any grace.
        grace = body["metadata"].get("deletionGracePeriodSeconds", 0) if body is not None else 0
        self._end(grace)

    def _end(self, grace: float) -> None:
        """Ask it to end; a shorter grace than that of an earlier asking counts."""
        if self.container is None or not self._runs():
            return
        by = time.monotonic() + max(grace, LEAST_GRACE)
        if self._kill_at is None:
            self.container.terminate()
        self._kill_at = min(self._kill_at or by, by)

    def _remove(self, body: Body) -> None:
        """It has ended, and nobody needs to know more of it."""
        options = {"gracePeriodSeconds": 0, "preconditions": {"uid": body["metadata"]["uid"]}}
        self._api_call("DELETE", self._path, options)

    def _tell(self, body: Body) -> None:
        """Write the status, if it is another than the one that was written last, or somebody doubts that it is ready."""
        started = self._runs() and self._probes is not None and self._probes.started
        ready = started and self._probes is not None and self._probes.ready
        news = (self._state, started, ready)
        if news != self._told or ready != status.is_ready(body):
            told = status.status(body, self._state, started=started, ready=ready)
            if self._api_call("PUT", f"{self._path}/status", {**body, "status": told}):
                self._told = news

    def _api_call(self, method: str, path: str, body: Body) -> bool:
        """Whether it was done. What somebody else has changed meanwhile is looked at again at the next turn."""
        try:
            self._api.call(method, path, body=body)
        except ApiError as error:
            if error.status not in (NOT_FOUND, CONFLICT):
                raise
            return False
        return True
