"""Answers of the calls on triggers for the OpenAPI document; the bodies are declared in ``wire.schemas``."""

from apps.core.api.schemas import object_of, or_null, page_of
from apps.workflows.wire.schemas import TRIGGER_PROPERTIES

_TIME = {"type": "string", "format": "date-time"}

SERVED = object_of(
    {**TRIGGER_PROPERTIES, "owner": or_null({"type": "string"}), "createdAt": _TIME, "updatedAt": _TIME},
    title="Trigger",
)
PAGE = page_of(SERVED)
