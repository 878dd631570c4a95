"""Waiting for the leader's answer to a command."""

from uuid import UUID

from apps.workflows.live import keys, web


def wait(command_id: UUID, timeout: float) -> bool:
    """Wait for the command's result. Return whether it is committed; False after ``timeout`` seconds, or without Redis."""
    bounded = min(timeout, web.TIMEOUT_SECONDS - 1)
    answer = web.attempt(lambda live: live.redis.blpop([keys.result(str(command_id))], timeout=bounded))
    return answer is not None
