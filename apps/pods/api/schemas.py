"""OpenAPI schemas of the bodies and parameters of these calls."""

from drf_spectacular.utils import OpenApiParameter

from apps.core.api import pagination
from apps.core.api.schemas import Schema, object_of, or_null, page_of
from apps.pods.planning.values import PodState
from apps.pods.services.logs import DEFAULT_LINES, MAX_LINES
from apps.pods.spec.pool_schema import PROPERTIES, SCHEMA
from apps.pods.wire.rendering import COUNTED_STATES

_TEXT: Schema = {"type": "string"}
_TIME: Schema = {"type": "string", "format": "date-time"}
_NUMBER: Schema = {"type": "integer", "minimum": 0}


def _laid_over(schema: Schema) -> Schema:
    """Return the schema of a merge patch for values of ``schema``: null removes a key, and no key is required."""
    inner = {key: or_null(_laid_over(value)) for key, value in schema.get("properties", {}).items()}
    others = schema.get("additionalProperties")
    return {
        **{keyword: value for keyword, value in schema.items() if keyword != "required"},
        **({"properties": inner} if inner else {}),
        **({"additionalProperties": or_null(_laid_over(others))} if isinstance(others, dict) else {}),
    }


CREATED: Schema = {**SCHEMA, "title": "Pool to make", "required": ["name"]}
REPLACED: Schema = {**SCHEMA, "title": "Pool to replace"}
PATCHED: Schema = {
    **_laid_over(SCHEMA),
    "title": "Changes of a pool",
    "description": "a JSON Merge Patch: null resets a field to its default, and removes a key from a map",
}
_BOUND = object_of({"current": or_null(_TEXT), "recommended": _TEXT})
_SECONDS = or_null({"type": "number"})
_ADVICE = object_of(
    {
        "measured": object_of(
            {
                "memoryBytes": {**_NUMBER, "description": "the peak of any pod"},
                "jobs": _NUMBER,
                "cpuSecondsPerJob": _SECONDS,
                "slotSecondsPerJob": _SECONDS,
                "since": _TIME,
            }
        ),
        "missing": or_null({**_TEXT, "description": "what must be measured before any advice is given"}),
        "fits": {"type": "boolean", "description": "the current settings fit"},
        "resources": {
            "type": "array",
            "items": object_of(
                {
                    "resource": {"enum": ["memory", "cpu"]},
                    "request": _BOUND,
                    "limit": _BOUND,
                    "fits": {"type": "boolean"},
                    "reason": _TEXT,
                }
            ),
        },
    },
    title="Advice on resources",
)
POOL = object_of(
    {
        **PROPERTIES,
        "scaleTo": or_null({**_NUMBER, "description": "pods, set by hand"}),
        "cordoned": {"type": "boolean", "description": "its executors take no jobs"},
        "problem": or_null({**_TEXT, "description": "why it gets no pods"}),
        "retryAt": or_null({**_TIME, "description": "no other pod is tried until then"}),
        "deletedAt": or_null({**_TIME, "description": "when its deletion began; it disappears with its last pod"}),
        "podCounts": object_of(dict.fromkeys(COUNTED_STATES, _NUMBER)),
        "advice": or_null(_ADVICE),
    },
    title="Pool",
)
POOLS = page_of(POOL)

_POD: Schema = {
    "name": _TEXT,
    "pool": _TEXT,
    "state": {"enum": [state.value for state in PodState]},
    "reason": or_null(_TEXT),
    "namespace": or_null(_TEXT),
    "node": or_null(_TEXT),
    "restarts": _NUMBER,
    "busy": {**_NUMBER, "description": "running jobs"},
    "leaving": {"type": "boolean", "description": "it is ending, and will not be taken back"},
    "revision": _TEXT,
    "createdAt": _TIME,
    "readyAt": or_null(_TIME),
    "idleSince": or_null(_TIME),
    "endedAt": or_null(_TIME),
}
_JOB = object_of(
    {"workflowId": {**_TEXT, "format": "uuid"}, "jobId": _TEXT, "attempt": {"type": "integer", "minimum": 1}},
    title="Job of a pod",
)
POD = object_of(
    {**_POD, "jobs": {"type": "array", "items": _JOB, "description": "of workflows that the caller may view"}},
    title="Pod",
)
PODS = page_of(object_of(_POD, title="Pod in a list"))
FILTERS = [
    OpenApiParameter("pool", str),
    OpenApiParameter("state", str, enum=[state.value for state in PodState]),
    *pagination.OPENAPI_PARAMETERS,
]
LINES = [OpenApiParameter("lines", {"type": "integer", "minimum": 1, "maximum": MAX_LINES, "default": DEFAULT_LINES})]
LOGS = object_of({"name": _TEXT, "text": _TEXT}, title="Log of a pod")
