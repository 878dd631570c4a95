"""Appending to the journal from outside the engine. Call these on commit: what they name must be in SQL."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from apps.workflows.live import web

START = "start"
COMMAND = "command"
# Bounds one script's run, during which Redis serves nobody else.
ENTRIES_A_CALL = 500


def append_starts(jobs: Mapping[UUID, Sequence[str]]) -> None:
    """Announce created workflows, with their job ids, and write their first keys (contract §3).

    What gets lost on the way is found in SQL by the leader.
    """
    _append([(START, str(workflow_id), ",".join(job_ids)) for workflow_id, job_ids in jobs.items()])


def append_commands(items: Sequence[tuple[UUID, UUID]]) -> None:
    """Announce stored commands, as pairs of (command, workflow), and hold their workflows."""
    _append([(COMMAND, str(workflow_id), str(command_id)) for command_id, workflow_id in items])


def _append(entries: list[tuple[str, str, str]]) -> None:
    for start in range(0, len(entries), ENTRIES_A_CALL):
        _append_some([part for entry in entries[start : start + ENTRIES_A_CALL] for part in entry])


def _append_some(flat: list[str]) -> None:
    web.attempt(lambda live: live.script("append", flat))
