"""The backend that the settings name."""

from collections.abc import Iterable

from django.conf import settings
from django.utils import timezone

from apps.core.pools import DEFAULT_POOL
from apps.pods.backends.port import Backend
from apps.pods.backends.process import ProcessBackend
from apps.pods.models import Pod, PodPool
from apps.pods.spec import pod_spec
from apps.pods.spec.site_environment import site_environment
from apps.stack.process_spec import ProcessDirectory
from apps.stack.stack import PODS_DIRECTORY


def backend() -> Backend:
    """Make the backend. Kubernetes' client is loaded only where it is used: it takes a second and 60 MiB."""
    if settings.POD_BACKEND == "process":
        default = pod_spec.spec(PodPool(name=DEFAULT_POOL), site_environment())
        return ProcessBackend(
            ProcessDirectory(settings.VAR_DIR / PODS_DIRECTORY), timezone.now, default_revision=default.revision
        )
    from apps.pods.backends.kubernetes.api import KubernetesApi
    from apps.pods.backends.kubernetes.backend import KubernetesBackend

    return KubernetesBackend(KubernetesApi(settings.KUBECONFIG), settings.POD_NAMESPACE, pool_namespaces)


def pool_namespaces() -> Iterable[str]:
    """Return the namespaces where pods are to be, and where some are still: a pool may have moved."""
    there = Pod.objects.alive().exclude(namespace="").order_by().values_list("namespace", flat=True)
    return PodPool.objects.exclude(namespace="").order_by().values_list("namespace", flat=True).union(there)
