"""Appending to the journal from outside the engine. Call these on commit: what they name must be in SQL."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from apps.workflows.live import web

START = "start"
COMMAND = "command"
# These bound one script's run, during which Redis serves nobody else. A start writes each of its job ids.
ENTRIES_A_CALL = 500
JOBS_A_CALL = 10_000


def append_starts(jobs: Mapping[UUID, Sequence[str]]) -> None:
    """Announce created workflows, with their job ids, and write their first keys (contract §3).

    What gets lost on the way is found in SQL by the leader.
    """
    for some in _in_calls(jobs):
        _append([(START, str(workflow_id), ",".join(jobs[workflow_id])) for workflow_id in some])


def append_commands(items: Sequence[tuple[UUID, UUID]]) -> None:
    """Announce stored commands, as pairs of (command, workflow), and hold their workflows."""
    entries = [(COMMAND, str(workflow_id), str(command_id)) for command_id, workflow_id in items]
    for start in range(0, len(entries), ENTRIES_A_CALL):
        _append(entries[start : start + ENTRIES_A_CALL])


def _in_calls(jobs: Mapping[UUID, Sequence[str]]) -> Iterator[list[UUID]]:
    """Yield the workflows in their order, as many at once as one call takes; one at least, whatever its jobs."""
    some: list[UUID] = []
    room = JOBS_A_CALL
    for workflow_id, job_ids in jobs.items():
        if some and (len(job_ids) > room or len(some) == ENTRIES_A_CALL):
            yield some
            some, room = [], JOBS_A_CALL
        some.append(workflow_id)
        room -= len(job_ids)
    if some:
        yield some


def _append(entries: Sequence[tuple[str, str, str]]) -> None:
    flat = [part for entry in entries for part in entry]
    web.attempt(lambda live: live.script("append", flat))
