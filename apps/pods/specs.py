"""What a pool's pods are made from, and the revision that tells one making from another."""

from collections.abc import Mapping

from apps.core import canonical
from apps.pods.backends.port import PodSpec
from apps.pods.models import PodPool

REVISION_LENGTH = 12


def spec(pool: PodPool, settings: Mapping[str, str]) -> PodSpec:
    """The pool's pods as they should be now; ``settings`` are those that every executor gets by its environment."""
    body = {
        "image": pool.image,
        "resources": pool.resources,
        "env": {**settings, **pool.env},
        "labels": pool.labels,
        "node_selector": pool.node_selector,
        "tolerations": pool.tolerations,
        "service_account": pool.service_account,
        "namespace": pool.namespace,
        "slots": pool.slots,
    }
    return PodSpec(pool=pool.name, revision=canonical.sha256(body)[:REVISION_LENGTH], **body)
