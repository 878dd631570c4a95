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
    """One thing that happened to a workflow.

    ``data`` is an outcome ``{"output", "response"?}``, a failure ``{"error", "retryAfter"?}``, or a command's id.
    ``following`` and ``following_claim`` name the job that the same executor went on with.
    """

    kind: Kind
    workflow: str
    position: str
    time: datetime
    stream_id: str = ""
    job: str = ""
    attempt: int = 0
    claim: str = ""
    executor: str = ""
    data: Any = None
    following: str = ""
    following_claim: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """A command as the engine applies it. ``kind`` is ``cancel`` or ``report``."""

    id: str
    kind: str
    job: str = ""
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a command came to: an HTTP status and a sentence for people."""

    status: int
    detail: str = ""
