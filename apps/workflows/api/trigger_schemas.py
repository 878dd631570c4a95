"""The bodies of the calls on triggers for the OpenAPI document."""

from typing import Any

from apps.core.api.schemas import object_of, or_null, page_of
from apps.workflows.wire.trigger_parsing import LONGEST, REQUIRED

_TEXTS: dict[str, Any] = {
    key: {"type": "string", "minLength": 1, "maxLength": longest} for key, longest in LONGEST.items()
}
_KEYS: dict[str, Any] = {
    **_TEXTS,
    "filter": {**_TEXTS["filter"], "description": "CEL over event", "default": "true"},
    "version": or_null({**_TEXTS["version"], "description": "exact, or a range: the newest published match"}),
    "input": {"description": "JSON with ${event.…}", "default": {}},
    "enabled": {"type": "boolean", "default": True},
}
_TIME = {"type": "string", "format": "date-time"}

WRITTEN = {
    **object_of(_KEYS, optional=tuple(key for key in _KEYS if key not in REQUIRED), title="Trigger to store"),
    "additionalProperties": False,
}
REPLACED = {
    **object_of(_KEYS, optional=tuple(key for key in _KEYS if key not in REQUIRED[1:]), title="Trigger to replace"),
    "additionalProperties": False,
}
SERVED = object_of(
    {**_KEYS, "owner": or_null({"type": "string"}), "createdAt": _TIME, "updatedAt": _TIME}, title="Trigger"
)
PAGE = page_of(SERVED)
