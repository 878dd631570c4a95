"""Waiting for the leader's answer to a command."""

from uuid import UUID

from apps.workflows.live import keys, web


def wait(command_id: UUID, timeout: float) -> bool:
    """True once the command's result is committed; False after ``timeout`` seconds, or without Redis."""
    # A blocking read has its own bound, one second longer than asked would trip the socket's.
    answer = web.attempt(lambda live: live.redis.blpop([keys.result(str(command_id))], timeout=min(timeout, 1.5)))
    return answer is not None
