"""The bodies and parameters of these calls for the OpenAPI document."""

from drf_spectacular.utils import OpenApiParameter

from apps.core.api import pagination
from apps.core.api.schemas import Schema, object_of, or_null, page_of
from apps.workflows.api.queries import MAX_WAIT_SECONDS
from apps.workflows.engine.states import JobStatus, SkipReason, WorkflowState
from apps.workflows.wire import parsing

_TEXT: Schema = {"type": "string"}
_TIME: Schema = {"type": "string", "format": "date-time"}
_ID: Schema = {"type": "string", "format": "uuid"}
_ANYTHING: Schema = {}
_LABELS: Schema = {
    "type": "object",
    "maxProperties": parsing.MAX_LABELS,
    "additionalProperties": {"type": "string", "maxLength": parsing.MAX_LABEL_VALUE},
}
_PRIORITY: Schema = {"type": "number", "minimum": -parsing.MAX_PRIORITY, "maximum": parsing.MAX_PRIORITY}
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
    "labels": _LABELS,
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

START = {
    **object_of(
        {
            "templateId": {"type": "string", "minLength": 1, "maxLength": 100},
            "version": {"type": "string", "description": "exact, or a range: the newest published match"},
            "input": _ANYTHING,
            "priority": _PRIORITY,
            "labels": _LABELS,
        },
        optional=("version", "priority", "labels"),
        title="Start of a workflow",
    ),
    "additionalProperties": False,
}
BATCH = object_of({"workflows": {"type": "array", "items": START, "minItems": 1, "maxItems": parsing.MAX_BATCH}})
STARTED_BATCH = object_of({"workflows": {"type": "array", "items": WORKFLOW}})

REPORT = {
    **object_of(
        {
            "status": {"enum": list(parsing.REPORTED)},
            "attempt": {"type": "integer", "minimum": 1, "description": "the current attempt, unless given"},
            "output": _ANYTHING,
            "error": {
                "anyOf": [
                    _TEXT,
                    object_of(
                        {"code": _TEXT, "message": _TEXT, "details": _DETAILS}, optional=("code", "message", "details")
                    ),
                ]
            },
        },
        optional=("attempt", "output", "error"),
        title="Report of a job",
    ),
    "additionalProperties": False,
}

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
