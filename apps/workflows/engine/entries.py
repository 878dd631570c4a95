"""The journal's entries as values."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    START = "start"
    COMMAND = "command"
    CLAIMED = "claimed"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    LOST = "lost"
    LATE = "late"
    TIMER = "timer"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened to a workflow."""

    kind: Kind
    # The workflow's id.
    workflow: str
    # Generation and stream id, as text that sorts.
    position: str
    # When it was appended, by Redis' clock.
    time: datetime
    # Its id in the journal's stream.
    stream_id: str = ""
    # The job's id; empty for the workflow itself.
    job: str = ""
    # Counts from 1; 0 where no attempt is meant.
    attempt: int = 0
    # The claim id under which the executor had the attempt.
    claim: str = ""
    # The executor's name.
    executor: str = ""
    # An outcome {"output", "response"?}, a failure {"error", "retryAfter"?}, a command's id, or a timer's due mark.
    data: Any = None
    # The job that the same executor continued with, and its claim there.
    following: str = ""
    following_claim: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """A command as the engine applies it."""

    id: str
    # ``cancel`` or ``report``.
    kind: str
    # The job's id; empty for the workflow itself.
    job: str = ""
    # Of a report: status, attempt?, output? or error?; what is on record, as ``recorded``; who reports, as ``by``.
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The result of a command: an HTTP status and a sentence for people."""

    status: int
    detail: str = ""
