"""Deletion of pools: the row goes after the last pod that may still be there."""

import logging

from apps.pods.models import PodPool
from apps.pods.reconciler.snapshot import Snapshot

logger = logging.getLogger(__name__)


def delete_if_empty(snapshot: Snapshot, pool: PodPool) -> bool:
    """Delete the pool if it is to go and has no pods; return whether it was deleted.

    Its namespace could be seen into, and what was seen is recorded.
    """
    if pool.deleted_at is None or _has_pods(snapshot, pool):
        return False
    logger.info("pool_deleted", extra={"pool": pool.name})
    pool.delete()
    return True


def _has_pods(snapshot: Snapshot, pool: PodPool) -> bool:
    """Return whether it has pods: by the record where nothing can be seen now, as in a namespace that it has left."""
    return bool(snapshot.of_pool(pool.name)) or pool.pods.alive().exists()
