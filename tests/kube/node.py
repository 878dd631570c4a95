"""A node of our own beside kwok's, as its kubelet keeps it in the API."""

import time
from typing import Any

from django.utils import timezone

from apps.core.times import rfc3339
from apps.pods.backends.kubernetes.api import ApiError, KubernetesApi

# Pods of a pool that selects a node by this label, and no others, come to it.
LABEL = "base-shift/node"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
BEAT_SECONDS = 2.0
NOT_FOUND = 404


class Node:
    """It is there from :meth:`register` to :meth:`remove`, and ready as long as :meth:`beat` is called."""

    def __init__(self, api: KubernetesApi, name: str, group: str) -> None:
        self._api = api
        self.name = name
        self._labels = {LABEL: group, "kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}
        self._beat_at = 0.0

    def register(self, port: int) -> None:
        """``port`` is that of the kubelet's endpoint on 127.0.0.1."""
        room = {"cpu": "64", "memory": "64Gi", "pods": "110", "ephemeral-storage": "1Ti"}
        status = {
            "capacity": room,
            "allocatable": room,
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
            "conditions": [_ready()],
        }
        body = {"metadata": {"name": self.name, "labels": self._labels}, "status": status}
        self._api.call("POST", "/api/v1/nodes", body=body)
        spec = {"holderIdentity": self.name, "leaseDurationSeconds": 40, "renewTime": rfc3339(timezone.now())}
        self._api.call("POST", LEASES, body={"metadata": {"name": self.name}, "spec": spec})

    def beat(self) -> None:
        """Say that all is well, if it is time to."""
        if time.monotonic() < self._beat_at:
            return
        self._beat_at = time.monotonic() + BEAT_SECONDS
        lease = self._api.call("GET", f"{LEASES}/{self.name}")
        lease["spec"]["renewTime"] = rfc3339(timezone.now())
        self._api.call("PUT", f"{LEASES}/{self.name}", body=lease)
        body = self._api.call("GET", f"/api/v1/nodes/{self.name}")
        if _status(body) != "True":
            others = [one for one in body["status"]["conditions"] if one["type"] != "Ready"]
            body["status"]["conditions"] = [*others, _ready()]
            self._api.call("PUT", f"/api/v1/nodes/{self.name}/status", body=body)

    def is_schedulable(self) -> bool:
        """Whether the controllers have seen that it is ready, so that pods may come."""
        return not self.taints()

    def taints(self) -> list[str]:
        found = self._api.call("GET", f"/api/v1/nodes/{self.name}")["spec"].get("taints", [])
        return [taint["key"] for taint in found]

    def cordon(self) -> None:
        """As by `kubectl cordon`: no further pod comes here."""
        body = self._api.call("GET", f"/api/v1/nodes/{self.name}")
        body["spec"]["unschedulable"] = True
        # Whoever has written its status meanwhile did not mean this.
        del body["metadata"]["resourceVersion"]
        self._api.call("PUT", f"/api/v1/nodes/{self.name}", body=body)

    def remove(self) -> None:
        for path in (f"/api/v1/nodes/{self.name}", f"{LEASES}/{self.name}"):
            delete(self._api, path)


def delete(api: KubernetesApi, path: str, body: Any = None) -> None:
    """It may be gone already."""
    try:
        api.call("DELETE", path, body=body)
    except ApiError as error:
        if error.status != NOT_FOUND:
            raise


def _ready() -> dict[str, str]:
    now = rfc3339(timezone.now())
    told = {"reason": "KubeletReady", "message": "kubelet is posting ready status"}
    return {"type": "Ready", "status": "True", "lastHeartbeatTime": now, "lastTransitionTime": now, **told}


def _status(body: dict[str, Any]) -> str:
    return next((one["status"] for one in body["status"].get("conditions", []) if one["type"] == "Ready"), "")
