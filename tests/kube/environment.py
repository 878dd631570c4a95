"""A container's environment variables, from its manifest and the Secrets that it names."""

import base64
from collections.abc import Mapping
from typing import Any

from apps.pods.backends.kubernetes.api import ApiError, KubernetesApi

Body = Mapping[str, Any]
NOT_FOUND = 404


class Unresolved(Exception):
    """A reference leads nowhere; the message is the kubelet's."""


def resolve(api: KubernetesApi, namespace: str, container: Body) -> dict[str, str]:
    """Raises :class:`Unresolved`."""
    found: dict[str, str] = {}
    for source in container.get("envFrom", []):
        found |= _secret(api, namespace, source["secretRef"]["name"])
    return found | {one["name"]: _value(api, namespace, one) for one in container.get("env", [])}


def _value(api: KubernetesApi, namespace: str, variable: Body) -> str:
    if "valueFrom" not in variable:
        # There are no references to other variables in it, so that doubled signs are all that the kubelet changes.
        return str(variable.get("value", "")).replace("$$", "$")
    reference = variable["valueFrom"]["secretKeyRef"]
    secret = _secret(api, namespace, reference["name"])
    if reference["key"] not in secret:
        raise Unresolved(f"couldn't find key {reference['key']} in Secret {namespace}/{reference['name']}")
    return secret[reference["key"]]


def _secret(api: KubernetesApi, namespace: str, name: str) -> dict[str, str]:
    try:
        body = api.call("GET", f"/api/v1/namespaces/{namespace}/secrets/{name}")
    except ApiError as error:
        if error.status != NOT_FOUND:
            raise
        raise Unresolved(f'secret "{name}" not found') from None
    return {key: base64.b64decode(value).decode() for key, value in body.get("data", {}).items()}
