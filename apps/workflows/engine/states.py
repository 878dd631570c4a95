"""States of workflows and jobs, and the transitions between them, as data (contract §2)."""

from enum import StrEnum


class _ModelChoices(StrEnum):
    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Pairs for a model's field."""
        return [(member.value, member.value) for member in cls]


class WorkflowState(_ModelChoices):
    INITIALIZED = "INITIALIZED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class JobStatus(_ModelChoices):
    PENDING = "PENDING"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    WAITING = "WAITING"
    RETRYING = "RETRYING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    CANCELLED = "CANCELLED"


class SkipReason(StrEnum):
    """Why a job was skipped."""

    CONDITION = "condition"
    UPSTREAM = "upstream"


WORKFLOW_ENDED = frozenset({WorkflowState.COMPLETED, WorkflowState.FAILED, WorkflowState.CANCELLED})
JOB_ENDED = frozenset({JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.SKIPPED, JobStatus.CANCELLED})

WORKFLOW_TRANSITIONS: dict[WorkflowState, frozenset[WorkflowState]] = {
    WorkflowState.INITIALIZED: frozenset({WorkflowState.RUNNING, WorkflowState.FAILED, WorkflowState.CANCELLED}),
    WorkflowState.RUNNING: WORKFLOW_ENDED,
    **{state: frozenset() for state in WORKFLOW_ENDED},
}

JOB_TRANSITIONS: dict[JobStatus, frozenset[JobStatus]] = {
    JobStatus.PENDING: frozenset(
        {JobStatus.QUEUED, JobStatus.WAITING, JobStatus.FAILED, JobStatus.SKIPPED, JobStatus.CANCELLED}
    ),
    JobStatus.QUEUED: frozenset(
        {JobStatus.RUNNING, JobStatus.RETRYING, JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED}
    ),
    JobStatus.RUNNING: frozenset(
        {JobStatus.QUEUED, JobStatus.RETRYING, JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED}
    ),
    JobStatus.WAITING: frozenset(
        {JobStatus.RUNNING, JobStatus.RETRYING, JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED}
    ),
    JobStatus.RETRYING: frozenset(
        {JobStatus.QUEUED, JobStatus.WAITING, JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED}
    ),
    **{status: frozenset() for status in JOB_ENDED},
}


class IllegalTransition(Exception):
    """A bug: the table of transitions does not have this one."""


def require_transition(what: str, state: WorkflowState, wanted: WorkflowState) -> None:
    """Raise :class:`IllegalTransition` unless the workflow called ``what`` may move from ``state`` to ``wanted``."""
    if wanted not in WORKFLOW_TRANSITIONS[state]:
        raise IllegalTransition(f"{what}: {state} to {wanted}")
