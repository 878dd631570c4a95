"""A real Kubernetes API for tests, where there is one: ``make test-kube`` starts it. Each test has its own namespace."""

import os
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.utils import timezone

from apps.pods.backends.kubernetes.api import KubernetesApi
from apps.pods.backends.kubernetes.backend import KubernetesBackend
from apps.pods.backends.port import Backend
from apps.pods.reconciler.loop import ReconcilerConfig
from apps.pods.spec.site_environment import SiteEnvironment
from tests.support.doc_pages import ROOT
from tests.support.waiting import eventually

RBAC = ROOT / "k8s" / "base"
PATHS = {
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
    "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
}


def kubeconfig() -> str:
    """The file that leads to the API; the test is skipped where there is none."""
    found = os.environ.get("BASESHIFT_TEST_KUBECONFIG", "")
    if not found:
        pytest.skip("needs a Kubernetes API: make test-kube")
    return found


class KubernetesWorld:
    """The API server, scheduler and controllers are real; kwok plays the kubelet, or with ``kubelet`` false nobody."""

    # kwok runs nothing: tests/kube reads the logs of a kubelet.
    keeps_logs = False

    def __init__(self, config: str, **labels: str) -> None:
        self._config = config
        self.api = KubernetesApi(config)
        self.namespace = f"t-{uuid.uuid4().hex[:12]}"
        restricted = {"pod-security.kubernetes.io/enforce": "restricted"}
        metadata = {"name": self.namespace, "labels": {**restricted, **labels}}
        self.api.call("POST", "/api/v1/namespaces", body={"metadata": metadata})
        self.service_account()
        self.backend = self.second()

    def now(self) -> datetime:
        return timezone.now()

    def second(self) -> Backend:
        return KubernetesBackend(KubernetesApi(self._config), self.namespace)

    def path(self, name: str = "") -> str:
        return f"/api/v1/namespaces/{self.namespace}/pods" + (f"/{name}" if name else "")

    def service_account(self) -> None:
        """Pods are refused until there is one; the controller that makes it takes a moment."""
        body = {"metadata": {"name": "default"}}
        try:
            self.api.call("POST", f"/api/v1/namespaces/{self.namespace}/serviceaccounts", body=body)
        except Exception as error:  # noqa: BLE001
            assert "already exists" in str(error)

    def set_status(self, name: str, **status: Any) -> None:
        """What the kubelet would tell."""
        body = self.api.call("GET", self.path(name))
        body["status"] |= status
        # Whatever else tells of the pod at the same moment.
        del body["metadata"]["resourceVersion"]
        self.api.call("PUT", f"{self.path(name)}/status", body=body)

    def kill(self, name: str) -> None:
        ended = {"exitCode": 137, "reason": "killed"}
        container = {"name": "job-executor", "image": "", "imageID": "", "ready": False, "restartCount": 0}
        self.set_status(name, phase="Failed", containerStatuses=[{**container, "state": {"terminated": ended}}])

    def turn(self) -> None:
        """It goes on by itself."""

    def close(self) -> None:
        self.backend.close()
        self.api.call("DELETE", f"/api/v1/namespaces/{self.namespace}")
        self.api.close()


def account_config(world: KubernetesWorld, directory: Path, account: str) -> Path:
    """A kubeconfig of a manifest's service account, which may do what the manifest grants and nothing else."""
    rules: list[dict[str, Any]] = []
    for body in yaml.safe_load_all((RBAC / f"{account}-rbac.yaml").read_text(encoding="utf-8")):
        body["metadata"]["namespace"] = world.namespace
        if body["kind"] == "RoleBinding":
            body["subjects"][0]["namespace"] = world.namespace
        rules += body.get("rules", [])
        world.api.call("POST", PATHS[body["kind"]].format(world.namespace), body=body)
    # What decides on it hears of its rules a moment later.
    eventually(lambda: may(world.api, f"{world.namespace}:base-shift-{account}", world.namespace, rules[0]))
    return token_config(world.api, world.namespace, directory, account)


def may(api: KubernetesApi, account: str, namespace: str, rule: dict[str, Any]) -> bool:
    """Whether the account may do the first of what the rule allows."""
    resource, _, subresource = rule["resources"][0].partition("/")
    asked = {"namespace": namespace, "verb": rule["verbs"][0], "resource": resource, "subresource": subresource}
    spec = {"user": f"system:serviceaccount:{account}", "resourceAttributes": asked}
    answer = api.call("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", body={"spec": spec})
    return bool(answer["status"]["allowed"])


def token_config(api: KubernetesApi, namespace: str, directory: Path, account: str) -> Path:
    """A kubeconfig of a service account that is there."""
    path = PATHS["ServiceAccount"].format(namespace) + f"/base-shift-{account}/token"
    token = api.call("POST", path, body={"spec": {"expirationSeconds": 3600}})["status"]["token"]
    config = yaml.safe_load(Path(kubeconfig()).read_text(encoding="utf-8"))
    config["users"][0]["user"] = {"token": token}
    file = directory / f"{account}.kubeconfig"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    return file


ENV = {"JOB_QUEUE_URL": "redis://job-queue:6379", "LOG_LEVEL": "INFO"}
# A lease short enough to go up and down in one test.
CONFIG = ReconcilerConfig(shared=SiteEnvironment(ENV), executor_lease=timedelta(seconds=1), idle_seconds=1)
