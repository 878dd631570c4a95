"""The keys that outsiders read (contract §3): a workflow's state, its current job, its jobs.

The leader writes them with each batch's effects (lua/effects.lua: ``jobs``, ``state``, ``finish``); a
web process announces a new workflow here, only where nothing stands yet.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from apps.workflows.engine.states import WorkflowState
from apps.workflows.live import keys, web
from apps.workflows.live.client import LiveRedis, text


def announce(job_ids: Mapping[UUID, Sequence[str]]) -> None:
    """Write the keys of new workflows: INITIALIZED, and their job ids in the template's order."""

    def write(live: LiveRedis) -> None:
        with live.redis.pipeline(transaction=False) as pipe:
            for workflow_id in job_ids:
                pipe.set(keys.workflow_state(str(workflow_id)), WorkflowState.INITIALIZED, nx=True)
            created = pipe.execute()
            for (workflow_id, names), fresh in zip(job_ids.items(), created, strict=True):
                if fresh and names:
                    pipe.rpush(keys.workflow_jobs(str(workflow_id)), *names)
            pipe.execute()

    web.attempt(write)


def read(workflow_ids: Sequence[UUID]) -> dict[UUID, tuple[str, str | None]]:
    """State and current job of each workflow whose keys stand; empty when Redis is away."""
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
    return {wid: (text(state), text(job) or None) for wid, state, job in pairs if state}
