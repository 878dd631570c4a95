"""The manifests of k8s/ as tests read them, and as they are applied to a real API."""

import json
from collections.abc import Iterator
from typing import Any

import yaml
from kubernetes import client, config

from tests.support.doc_pages import ROOT

K8S = ROOT / "k8s"
Body = dict[str, Any]
_PLURALS = {"NetworkPolicy": "networkpolicies"}
_CLUSTER = {"Namespace"}


def manifests() -> Iterator[Body]:
    """All of k8s/ but the kustomization: namespaces first, as the file names have it."""
    kustomization = yaml.safe_load((K8S / "base" / "kustomization.yaml").read_text(encoding="utf-8"))
    for name in [*(f"base/{one}" for one in kustomization["resources"]), "secrets-example.yaml", "migrate.yaml"]:
        yield from yaml.safe_load_all((K8S / name).read_text(encoding="utf-8"))


def of_kind(*kinds: str) -> list[Body]:
    return [body for body in manifests() if body["kind"] in kinds]


def pod_of(body: Body) -> Body | None:
    """The pod that it makes, if it makes any."""
    spec = body.get("spec", {})
    spec = spec.get("jobTemplate", {}).get("spec", spec)
    found: Body | None = spec.get("template", {}).get("spec")
    return found


class Cluster:
    """Creates and deletes as kubectl does: unknown fields are refused, and what the API warns of is told."""

    def __init__(self, kubeconfig: str) -> None:
        self._client = config.new_client_from_config(kubeconfig)

    def create(self, body: Body) -> list[str]:
        """The API's warnings. Raises ``kubernetes.client.ApiException`` if it refuses it."""
        namespace = body["metadata"].get("namespace", "")
        path = self.path(body["apiVersion"], body["kind"], namespace)
        headers = self._call("POST", path, [("fieldValidation", "Strict")], body)[1]
        return [text for name, text in headers.items() if name.lower() == "warning"]

    def get(self, api: str, kind: str, namespace: str, name: str) -> Body:
        return self._call("GET", f"{self.path(api, kind, namespace)}/{name}")[0]

    def delete_namespace(self, name: str) -> None:
        """Returns before it is gone."""
        self._call("DELETE", f"/api/v1/namespaces/{name}")

    def has_namespace(self, name: str) -> bool:
        try:
            self._call("GET", f"/api/v1/namespaces/{name}")
        except client.ApiException as error:
            assert error.status == 404
            return False
        return True

    def path(self, api: str, kind: str, namespace: str) -> str:
        root = f"/api/{api}" if "/" not in api else f"/apis/{api}"
        where = "" if kind in _CLUSTER else f"/namespaces/{namespace}"
        return f"{root}{where}/{_PLURALS.get(kind, kind.lower() + 's')}"

    def _call(self, method: str, path: str, query: list[tuple[str, str]] | None = None, body: Any = None) -> Any:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        call = self._client.param_serialize(method, path, query_params=query or [], header_params=headers, body=body)
        response = self._client.call_api(*call, _request_timeout=30).response
        data = json.loads(response.data)
        if response.status >= 300:
            raise client.ApiException(status=response.status, reason=data.get("message"))
        return data, response.headers

    def close(self) -> None:
        self._client.rest_client.close()
