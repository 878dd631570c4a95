"""Permissions of our account, as the API server reports them to everyone who asks."""

from apps.pods.backends.kubernetes.api import KubernetesApi

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
# What the reconciler does with pods: k8s/base/reconciler-rbac.yaml grants it.
VERBS = ("list", "watch", "create", "delete")


def missing_verbs(api: KubernetesApi, namespace: str) -> list[str]:
    """Return the reconciler's verbs that this account lacks for pods there.

    Raises :class:`ApiError` and :class:`BackendUnavailable`.
    """
    return [verb for verb in VERBS if not _may(api, namespace, {"verb": verb, "resource": "pods"})]


def may_read_logs(api: KubernetesApi, namespace: str) -> bool:
    """Return whether this account may read logs there. Raises :class:`ApiError` and :class:`BackendUnavailable`."""
    return _may(api, namespace, {"verb": "get", "resource": "pods", "subresource": "log"})


def _may(api: KubernetesApi, namespace: str, what: dict[str, str]) -> bool:
    spec = {"resourceAttributes": {"namespace": namespace, **what}}
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": spec}
    answer = api.call("POST", REVIEWS, body=body)
    return bool((answer.get("status") or {}).get("allowed"))
