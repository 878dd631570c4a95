"""The bodies of the calls, each declared once: what is checked, and what the OpenAPI document shows.

What a schema cannot say, or says unkindly, is checked in ``parsing`` and ``trigger_parsing``.
"""

from typing import Any, Final

from apps.core.api.schemas import Schema, object_of

MAX_BATCH = 1000
MAX_PRIORITY = 1_000_000
MAX_LABELS = 64
MAX_LABEL_KEY = 100
MAX_LABEL_VALUE = 255
MAX_ATTEMPT = 1_000_000
MAX_DETAILS = 100
REPORTED_STATUSES: Final = ("RUNNING", "COMPLETED", "FAILED")


def _text(max_length: int, min_length: int = 1, **annotations: Any) -> Schema:
    return {"type": "string", "minLength": min_length, "maxLength": max_length, **annotations}


def _body(properties: Schema, *, optional: tuple[str, ...], title: str) -> Schema:
    return {**object_of(properties, optional=optional, title=title), "additionalProperties": False}


_VERSION: Final = _text(200, description="exact, or a range: the newest published match")

LABELS: Final[Schema] = {
    "type": "object",
    "maxProperties": MAX_LABELS,
    "propertyNames": {"minLength": 1, "maxLength": MAX_LABEL_KEY},
    "additionalProperties": _text(MAX_LABEL_VALUE, 0),
}
START: Final = _body(
    {
        "templateId": _text(100),
        "version": _VERSION,
        "input": {},
        "priority": {"type": "number", "minimum": -MAX_PRIORITY, "maximum": MAX_PRIORITY},
        "labels": LABELS,
    },
    optional=("version", "priority", "labels"),
    title="Start of a workflow",
)
BATCH: Final = _body(
    {"workflows": {"type": "array", "items": START, "minItems": 1, "maxItems": MAX_BATCH}},
    optional=(),
    title="Starts of workflows",
)

_DETAIL: Final = _body(
    {"rule": _text(1000), "path": _text(1000), "message": _text(1000)},
    optional=("rule", "path", "message"),
    title="Detail of an error",
)
# The keywords of objects ask nothing of texts, and the other way round: so each mistake has its own place.
_ERROR: Final[Schema] = {
    **_body(
        {
            "code": _text(100),
            "message": _text(10_000),
            "details": {"type": "array", "items": _DETAIL, "maxItems": MAX_DETAILS},
        },
        optional=("code", "message", "details"),
        title="Error that is reported",
    ),
    **_text(10_000, description="a text is the message of an error without a code"),
    "type": ["string", "object", "null"],
}
REPORT: Final = _body(
    {
        "status": {"enum": list(REPORTED_STATUSES)},
        "attempt": {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_ATTEMPT,
            "description": "the current attempt, unless given",
        },
        "output": {},
        "error": _ERROR,
    },
    optional=("attempt", "output", "error"),
    title="Report of a job",
)

# The grammar of each text says more; the lengths bound what its messages repeat.
TRIGGER_PROPERTIES: Final[Schema] = {
    "name": _text(100),
    "topic": _text(249),
    "filter": _text(1000, description="CEL over event", default="true"),
    "templateId": _text(100),
    "version": {**_VERSION, "type": ["string", "null"]},
    "input": {"description": "JSON with ${event.…}", "default": {}},
    "enabled": {"type": "boolean", "default": True},
}
_TRIGGER_DEFAULTS: Final = ("filter", "version", "input", "enabled")
TRIGGER: Final = _body(TRIGGER_PROPERTIES, optional=_TRIGGER_DEFAULTS, title="Trigger to store")
TRIGGER_REPLACEMENT: Final = _body(
    TRIGGER_PROPERTIES, optional=("name", *_TRIGGER_DEFAULTS), title="Trigger to replace"
)
