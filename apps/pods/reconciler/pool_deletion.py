"""A pool that is being deleted goes after its last pod: what keeps its row is that pods of it may still be there."""

import logging

from apps.pods.models import PodPool
from apps.pods.reconciler.snapshot import Snapshot

logger = logging.getLogger(__name__)


def delete_if_empty(snapshot: Snapshot, pool: PodPool) -> bool:
    """Whether the pool has just been taken away. Its namespace could be seen into, and what was seen is recorded."""
    if pool.deleted_at is None or _has_pods(snapshot, pool):
        return False
    logger.info("pool_deleted", extra={"pool": pool.name})
    pool.delete()
    return True


def _has_pods(snapshot: Snapshot, pool: PodPool) -> bool:
    """Where nothing can be seen now, in a namespace that the pool has left, say, pods are there as recorded."""
    return bool(snapshot.of_pool(pool.name)) or pool.pods.alive().exists()
