"""Colours of states; their names are always written out as well."""

from apps.workflows.engine.states import JobStatus, WorkflowState

STATE_LABELS = {
    WorkflowState.INITIALIZED: "default",
    WorkflowState.RUNNING: "info",
    WorkflowState.COMPLETED: "success",
    WorkflowState.FAILED: "danger",
    WorkflowState.CANCELLED: "warning",
}
STATUS_LABELS = {
    JobStatus.PENDING: "default",
    JobStatus.QUEUED: "primary",
    JobStatus.RUNNING: "info",
    JobStatus.WAITING: "primary",
    JobStatus.RETRYING: "warning",
    JobStatus.COMPLETED: "success",
    JobStatus.FAILED: "danger",
    JobStatus.SKIPPED: "default",
    JobStatus.CANCELLED: "warning",
}
OUTCOME_LABELS = {"completed": "success", "failed": "danger", "lost": "warning", "cancelled": "warning", "": "info"}
# By the last word of an event's type.
EVENT_LABELS = {
    "queued": "primary",
    "started": "info",
    "completed": "success",
    "failed": "danger",
    "retrying": "warning",
    "waiting": "primary",
    "cancelled": "warning",
}
