"""JSON Schema of a job template document.

What a schema cannot say, or says unkindly, is checked in ``documents``: how names, versions, durations and failures
are written, names that must exist, placeholders, and the keys of ``UNSUPPORTED_…``, which are let through here so that
they get an error of their own.
"""

from typing import Any

MAX_STEPS = 10_000
UNSUPPORTED_TEMPLATE_KEYS = ("onFailure", "concurrency")
UNSUPPORTED_STEP_KEYS = ("forEach", "maxParallel", "join", "compensate")

_PRIORITY: dict[str, Any] = {"type": "number", "minimum": -1_000_000, "maximum": 1_000_000}

_DEPENDENCY: dict[str, Any] = {
    "type": ["string", "object"],
    "required": ["step"],
    "properties": {"step": {"type": "string"}, "on": {"enum": ["success", "failure", "always"]}},
    "additionalProperties": False,
}

_RETRY: dict[str, Any] = {
    "type": "object",
    "properties": {
        "maxAttempts": {"type": "integer", "minimum": 1, "maximum": 1000},
        "initialDelay": {"type": "string"},
        "factor": {"type": "number", "minimum": 1, "maximum": 1000},
        "maxDelay": {"type": "string"},
        "jitter": {"type": "number", "minimum": 0, "maximum": 1},
        "on": {"type": "array", "uniqueItems": True, "items": {"type": "string"}},
    },
    "additionalProperties": False,
}

_STEP: dict[str, Any] = {
    "type": "object",
    "required": ["name", "type", "config"],
    "properties": {
        "name": {"type": "string"},
        "type": {"type": "string"},
        "config": {"type": "object"},
        "dependsOn": {"type": "array", "items": _DEPENDENCY},
        "when": {"type": "string"},
        "retry": _RETRY,
        "timeout": {"type": "string"},
        "priority": _PRIORITY,
        "pool": {"type": "string"},
        **dict.fromkeys(UNSUPPORTED_STEP_KEYS, True),
    },
    "additionalProperties": False,
}

DOCUMENT_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Job template",
    "type": "object",
    "required": ["templateId", "version", "steps", "inputSchema", "outputSchema"],
    "properties": {
        "templateId": {"type": "string"},
        "version": {"type": "string"},
        "name": {"type": "string", "minLength": 1, "maxLength": 200},
        "description": {"type": "string", "maxLength": 10_000},
        "labels": {
            "type": "object",
            "maxProperties": 100,
            "propertyNames": {"minLength": 1, "maxLength": 100},
            "additionalProperties": {"type": "string", "maxLength": 1000},
        },
        "failFast": {"type": "boolean"},
        "output": True,
        "timeout": {"type": "string"},
        "priority": _PRIORITY,
        "steps": {"type": "array", "minItems": 1, "maxItems": MAX_STEPS, "items": _STEP},
        "inputSchema": {"type": "object"},
        "outputSchema": {"type": "object"},
        **dict.fromkeys(UNSUPPORTED_TEMPLATE_KEYS, True),
    },
    "additionalProperties": False,
}
