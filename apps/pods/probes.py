"""Probes of the reconciler, of our permissions on Kubernetes, and of the problems of pools."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DatabaseError
from django.db.models.functions import Now

from apps.core.doctor import Finding, Probe
from apps.pods.backends import factory
from apps.pods.backends.port import BackendUnavailable
from apps.pods.models import PodPool, ReconcilerLease
from apps.pods.spec.environment import refused_names

if TYPE_CHECKING:
    from apps.pods.backends.kubernetes.api import KubernetesApi


def reconciler() -> Iterator[Finding]:
    try:
        holder = ReconcilerLease.objects.filter(expires_at__gt=Now()).values_list("holder", flat=True).first()
    except DatabaseError:
        # The database's own probe reports why.
        return
    if holder is None:
        remedy = "start 'manage.py reconcile_pods' (run_stack does): without it no executor comes or goes"
        yield Finding("reconciler", "nobody reconciles pods", remedy)
    else:
        yield Finding("reconciler", f"{holder} reconciles pods")


def kubernetes() -> Iterator[Finding]:
    """Report nothing where executors are processes."""
    if settings.POD_BACKEND != "kubernetes":
        return
    # Slow to import, and of no use elsewhere.
    from apps.pods.backends.kubernetes.api import ApiError, KubernetesApi

    try:
        api = KubernetesApi(settings.KUBECONFIG)
    except BackendUnavailable as error:
        remedy = "ask where reconcile_pods runs, or set KUBECONFIG to a file that leads to the cluster"
        yield Finding("kubernetes", str(error), remedy)
        return
    try:
        yield from _access(api)
    except (ApiError, BackendUnavailable) as error:
        remedy = "look at the API server, and at the address and the credentials in KUBECONFIG"
        yield Finding("kubernetes", f"cannot be used: {error}", remedy)
    finally:
        api.close()


def _access(api: "KubernetesApi") -> Iterator[Finding]:
    from apps.pods.backends.kubernetes import access

    for namespace in _namespaces(api.namespace):
        missing = access.missing_verbs(api, namespace)
        if not missing:
            yield Finding("kubernetes", f"answers, and lets this account manage pods in {namespace}")
        elif set(missing) == set(access.VERBS) and access.may_read_logs(api, namespace):
            seen = (
                f"answers, and lets this account read logs in {namespace}, as the web's: ask again as the reconciler's"
            )
            yield Finding("kubernetes", seen)
        else:
            remedy = f"apply k8s/base/reconciler-rbac.yaml in {namespace}, for the account of reconcile_pods"
            yield Finding("kubernetes", f"this account may not {', '.join(missing)} pods in {namespace}", remedy)


def _namespaces(own: str) -> list[str]:
    try:
        named = set(factory.pool_namespaces())
    except DatabaseError:
        named = set()
    return sorted({settings.POD_NAMESPACE or own, *named})


def pools() -> Iterator[Finding]:
    try:
        problems = dict(PodPool.objects.exclude(problem="").values_list("name", "problem"))
        environments = dict(PodPool.objects.values_list("name", "env"))
        count = PodPool.objects.count()
    except DatabaseError:
        return
    for name, problem in problems.items():
        yield Finding("pools", f"{name}: {problem}", "look at the pool and its pods in the admin")
    for name, env in environments.items():
        if refused := refused_names(env):
            remedy = "take them out of the pool's environment, or have POD_ENV_ALLOW list them"
            yield Finding("pools", f"{name}: sets {', '.join(refused)}, which a pool may not", remedy)
    if count and not problems:
        yield Finding("pools", f"{count} pools, none has a problem" if count > 1 else "1 pool, without a problem")


PROBES: list[Probe] = [reconciler, kubernetes, pools]
