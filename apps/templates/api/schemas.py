"""OpenAPI schemas of the bodies of these calls."""

from typing import Any

from apps.templates.documents.schema import DOCUMENT_SCHEMA
from apps.templates.models import VersionStatus

_TIME: dict[str, Any] = {"type": "string", "format": "date-time"}
_READ_ONLY: dict[str, Any] = {
    "status": {"enum": VersionStatus.values, "readOnly": True},
    "createdAt": {**_TIME, "readOnly": True},
    "publishedAt": {"anyOf": [_TIME, {"type": "null"}], "readOnly": True},
}
_ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["pointer", "message"],
    "properties": {
        "pointer": {"type": "string", "description": "JSON Pointer into the document (RFC 6901)"},
        "message": {"type": "string"},
        "line": {"type": "integer"},
        "column": {"type": "integer"},
    },
}

DOCUMENT: dict[str, Any] = {key: value for key, value in DOCUMENT_SCHEMA.items() if key != "$schema"}
WRITTEN = {"application/json": DOCUMENT, "application/yaml": DOCUMENT}
SERVED: dict[str, Any] = {
    **DOCUMENT,
    "title": "Served job template",
    "required": [*DOCUMENT["required"], *_READ_ONLY],
    "properties": {**DOCUMENT["properties"], **_READ_ONLY},
}
CHANGED: dict[str, Any] = {
    **SERVED,
    "title": "Stored job template",
    "properties": {
        **SERVED["properties"],
        "warnings": {
            "type": "array",
            "items": {"type": "string"},
            "readOnly": True,
            "description": "what the change breaks without saying so in its version",
        },
    },
}
UPDATE: dict[str, Any] = {
    **DOCUMENT,
    "title": "Update of a job template",
    "required": [key for key in DOCUMENT["required"] if key not in ("templateId", "version")],
    "properties": {
        **{key: value for key, value in DOCUMENT["properties"].items() if key != "version"},
        "updateType": {"enum": ["major", "minor", "patch"], "default": "patch"},
    },
}
PAGE: dict[str, Any] = {
    "type": "object",
    "required": ["items", "next"],
    "properties": {
        "items": {"type": "array", "items": SERVED},
        "next": {"anyOf": [{"type": "string", "format": "uri"}, {"type": "null"}]},
    },
}
VALIDITY: dict[str, Any] = {
    "type": "object",
    "required": ["valid", "errors"],
    "properties": {"valid": {"type": "boolean"}, "errors": {"type": "array", "items": _ERROR}},
}
