"""Reports of outside workers on jobs (contract §4, the job PUT)."""

from typing import Any
from uuid import UUID

from apps.core.access.policy import Actor
from apps.core.errors import Hidden
from apps.workflows.models import CommandKind, DocumentSnapshot, Job, Workflow
from apps.workflows.services import access, commands
from apps.workflows.services.snapshots import job_ids

UNKNOWN_JOB = "The workflow has no such job."
# Not among what a launcher gets: an output may steer where the next step sends its secrets.
REPORT = "report"


def report(
    actor: Actor,
    *,
    workflow_id: UUID,
    job_id: str,
    status: str,
    attempt: int | None = None,
    output: Any = None,
    error: dict[str, Any] | None = None,
) -> commands.CommandSubmission:
    """Report that a job is RUNNING, COMPLETED or FAILED; ``attempt`` is the current one unless given.

    Conflict for a transition that is not allowed or an old attempt, Hidden for an unknown job.
    """
    workflow = access.workflow_for(actor, REPORT, workflow_id)
    current = _current_attempt(workflow, job_id)
    payload: dict[str, Any] = {"status": status, "attempt": attempt or current}
    if status == "COMPLETED":
        payload["output"] = output
    if status == "FAILED":
        payload["error"] = error or {"code": "error", "message": "reported as failed"}
    return commands.submit(
        actor,
        workflow=workflow,
        kind=CommandKind.REPORT,
        job_id=job_id,
        payload=payload,
    )


def _current_attempt(workflow: Workflow, job_id: str) -> int:
    """0 before the first: it then means the one that is current when the report is applied."""
    if not job_id.isprintable():
        # PostgreSQL takes no NUL in a text, not even to look for it.
        raise Hidden(UNKNOWN_JOB)
    attempt = Job.objects.filter(workflow=workflow, job_id=job_id).values_list("attempt", flat=True).first()
    if attempt is not None:
        return attempt
    # The leader makes the rows; until then the document says which jobs there will be.
    document = DocumentSnapshot.objects.values_list("body", flat=True).get(pk=workflow.document_id)
    if job_id not in job_ids(document):
        raise Hidden(UNKNOWN_JOB)
    return 0
