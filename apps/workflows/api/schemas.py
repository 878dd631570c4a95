"""Answers and parameters of these calls for the OpenAPI document; the bodies are declared in ``wire.schemas``."""

from drf_spectacular.utils import OpenApiParameter

from apps.core.api import pagination
from apps.core.api.schemas import Schema, object_of, or_null, page_of
from apps.workflows.api.queries import MAX_WAIT_SECONDS
from apps.workflows.engine.states import JobStatus, SkipReason, WorkflowState
from apps.workflows.wire.schemas import LABELS

_TEXT: Schema = {"type": "string"}
_TIME: Schema = {"type": "string", "format": "date-time"}
_ID: Schema = {"type": "string", "format": "uuid"}
_ANYTHING: Schema = {}
_DETAILS: Schema = {
    "type": "array",
    "items": object_of({"rule": _TEXT, "path": _TEXT, "message": _TEXT}, optional=("rule", "path")),
}
_ERROR = object_of(
    {"code": _TEXT, "message": _TEXT, "jobId": _TEXT, "attempt": {"type": "integer"}, "details": _DETAILS},
    optional=("jobId", "attempt", "details"),
)

JOB = object_of(
    {
        "jobId": _TEXT,
        "name": _TEXT,
        "type": _TEXT,
        "status": {"enum": [status.value for status in JobStatus]},
        "reason": or_null({"enum": [reason.value for reason in SkipReason]}),
        "attempt": {"type": "integer", "minimum": 0},
        "startedAt": or_null(_TIME),
        "finishedAt": or_null(_TIME),
        "error": or_null(_ERROR),
    },
    title="Job",
)
_SUMMARY: Schema = {
    "workflowId": _ID,
    "templateId": _TEXT,
    "version": _TEXT,
    "state": {"enum": [state.value for state in WorkflowState]},
    "currentJob": or_null(_TEXT),
    "priority": {"type": "number"},
    "labels": LABELS,
    "progress": {"type": "number", "minimum": 0, "maximum": 1},
    "createdAt": _TIME,
    "createdBy": or_null(_TEXT),
    "startedAt": or_null(_TIME),
    "finishedAt": or_null(_TIME),
    "error": or_null(_ERROR),
}
WORKFLOW = object_of(
    {**_SUMMARY, "jobs": {"type": "array", "items": JOB}, "input": _ANYTHING, "output": _ANYTHING}, title="Workflow"
)
PAGE = page_of(object_of(_SUMMARY, title="Workflow in a list"))

STARTED_BATCH = object_of({"workflows": {"type": "array", "items": WORKFLOW}})

EVENTS = page_of(
    object_of(
        {
            "specversion": {"const": "1.0"},
            "id": _ID,
            "source": _TEXT,
            "type": _TEXT,
            "subject": _TEXT,
            "time": _TIME,
            "datacontenttype": _TEXT,
            "data": {"type": "object"},
        },
        title="CloudEvent",
    )
)

LIST_PARAMETERS = [
    OpenApiParameter("state", str, enum=[state.value for state in WorkflowState]),
    OpenApiParameter("templateId", str),
    OpenApiParameter("version", str),
    OpenApiParameter("label", str, many=True, description="key:value; if repeated, all must match"),
    OpenApiParameter("createdAfter", _TIME),
    OpenApiParameter("createdBefore", _TIME),
    OpenApiParameter("search", str, description="part of the templateId, or an entire workflowId"),
    *pagination.OPENAPI_PARAMETERS,
]
WAIT = [
    OpenApiParameter(
        "wait",
        {"type": "number", "minimum": 0, "maximum": MAX_WAIT_SECONDS},
        description="wait up to this many seconds for the workflow to end, then return its state",
    )
]
IDEMPOTENCY_KEY = [
    OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, description="kept for 24 hours, per user")
]
