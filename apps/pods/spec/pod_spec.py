"""The spec that a pool's pods are made from, and its revision."""

from apps.core.json import canonical
from apps.pods.backends.port import PodSpec
from apps.pods.models import PodPool
from apps.pods.spec.site_environment import SiteEnvironment

REVISION_LENGTH = 12


def spec(pool: PodPool, shared: SiteEnvironment) -> PodSpec:
    """Return the pool's pods as they should be now. The pool's own environment goes before what is ``shared``."""
    body = {
        "image": pool.image,
        "resources": pool.resources,
        "env": {**shared.env, **pool.env},
        "secret": shared.secret,
        "labels": pool.labels,
        "node_selector": pool.node_selector,
        "tolerations": pool.tolerations,
        "service_account": pool.service_account,
        "namespace": pool.namespace,
        "slots": pool.slots,
    }
    return PodSpec(pool=pool.name, revision=canonical.sha256(body)[:REVISION_LENGTH], **body)


def usage_basis(pool: PodPool) -> str:
    """Return a hash of what decides how much the pool's pods use. What they may use does not."""
    return canonical.sha256({"image": pool.image, "env": pool.env, "slots": pool.slots})[:REVISION_LENGTH]
