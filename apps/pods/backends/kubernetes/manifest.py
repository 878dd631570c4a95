"""The pod that is requested from Kubernetes (contract: executor pods)."""

from collections.abc import Mapping
from typing import Any

from apps.core.pools import DEFAULT_POOL
from apps.pods.backends.port import PodSpec

APP = {"app": "base-shift", "component": "job-executor"}
POOL, REVISION = "base-shift/pool", "base-shift/revision"
# A pod that names no pool was made by somebody else, by hand, say: it is left alone.
SELECTOR = ",".join([*(f"{key}={value}" for key, value in APP.items()), POOL])
CONTAINER = "job-executor"
DEFAULT_SLOTS = 8
# The executor's keeper touches it every second; it is older only if the process hangs. Whether Redis hears of the
# executor is for the reconciler to judge: new pods would mend nothing while Redis is away.
ALIVE_FILE = "/tmp/executor.alive"  # noqa: S108  (a volume of the pod's own)
IS_ALIVE = ["sh", "-c", f'test -n "$(find {ALIVE_FILE} -mmin -1)"']
USER = 10001
# Certificate authorities of the installation's own: the key ca.crt of the Secret that all pods share.
AUTHORITIES, AUTHORITIES_DIRECTORY = "ca.crt", "/etc/base-shift"


def pod_manifest(name: str, spec: PodSpec) -> dict[str, Any]:
    """Return the manifest. It meets the restricted Pod Security profile."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {**spec.labels, **APP, POOL: spec.pool, REVISION: spec.revision}},
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            # An executor hands back what is not over after 25 s.
            "terminationGracePeriodSeconds": 30,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": USER,
                "runAsGroup": USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [_container(spec)],
            "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}}, *_authorities(spec)],
            **_placement(spec),
        },
    }


def _container(spec: PodSpec) -> dict[str, Any]:
    probe = {"exec": {"command": IS_ALIVE}, "timeoutSeconds": 5}
    return {
        "name": CONTAINER,
        "image": spec.image,
        "resources": dict(spec.resources),
        # A pod that fails is deleted at once, and its log with it: what it wrote last is kept in its status.
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "env": _env(spec),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "startupProbe": {**probe, "periodSeconds": 2, "failureThreshold": 60},
        "readinessProbe": {**probe, "periodSeconds": 10},
        "livenessProbe": {**probe, "periodSeconds": 20, "failureThreshold": 3},
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}, *_authorities_mount(spec)],  # noqa: S108
        **({"envFrom": [{"secretRef": {"name": spec.secret}}]} if spec.secret else {}),
    }


def _authorities(spec: PodSpec) -> list[dict[str, Any]]:
    items = [{"key": AUTHORITIES, "path": AUTHORITIES}]
    # The Secret must be there for the environment; that it holds this key, too, need not be.
    source = {"secretName": spec.secret, "items": items, "optional": True}
    return [{"name": "authorities", "secret": source}] if spec.secret else []


def _authorities_mount(spec: PodSpec) -> list[dict[str, Any]]:
    mount = {"name": "authorities", "mountPath": AUTHORITIES_DIRECTORY, "readOnly": True}
    return [mount] if spec.secret else []


def _env(spec: PodSpec) -> list[dict[str, Any]]:
    own = {"EXECUTOR_ALIVE_FILE": ALIVE_FILE}
    # What differs from the executor's own defaults.
    if spec.pool != DEFAULT_POOL:
        own["EXECUTOR_POOL"] = spec.pool
    if spec.slots != DEFAULT_SLOTS:
        own["EXECUTOR_SLOTS"] = str(spec.slots)
    return [_variable(name, value) for name, value in {**spec.env, **own}.items()]


def _variable(name: str, value: str | Mapping[str, str]) -> dict[str, Any]:
    if isinstance(value, str):
        # Kubernetes would put other variables in for $(NAME); a doubled sign stands for itself.
        return {"name": name, "value": value.replace("$", "$$")}
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": value["secret"], "key": value["key"]}}}


def _placement(spec: PodSpec) -> dict[str, Any]:
    wanted = {
        "nodeSelector": dict(spec.node_selector),
        "tolerations": [dict(one) for one in spec.tolerations],
        "serviceAccountName": spec.service_account,
    }
    return {key: value for key, value in wanted.items() if value}
