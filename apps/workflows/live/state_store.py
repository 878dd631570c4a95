"""The keys that outsiders read (contract §3): a workflow's state, its current job, its jobs.

The leader writes them with each batch's effects (lua/effects.lua: ``jobs``, ``state``, ``finish``); the
entry of a new workflow (lua/append.lua) only where nothing stands yet.
"""

from collections.abc import Sequence
from uuid import UUID

from apps.workflows.live import keys, web
from apps.workflows.live.client import as_text


def read(workflow_ids: Sequence[UUID]) -> dict[UUID, tuple[str, str | None]]:
    """Return state and current job of each workflow whose keys stand; empty when Redis is away."""
    if not workflow_ids:
        return {}
    names = [
        key(str(workflow_id))
        for workflow_id in workflow_ids
        for key in (keys.workflow_state, keys.workflow_current_job)
    ]
    values = web.attempt(lambda live: live.redis.mget(names))
    if values is None:
        return {}
    pairs = zip(workflow_ids, values[::2], values[1::2], strict=True)
    return {wid: (as_text(state), as_text(job) or None) for wid, state, job in pairs if state}
