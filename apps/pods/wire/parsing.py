"""Parsing of request bodies into what the services take."""

from typing import Any

from apps.core.api.bodies import require_valid
from apps.core.schema.compiled import CompiledSchema
from apps.pods.spec.pool_schema import FIELDS, SCALE

# What is wrong with the values the service says: it takes pools from elsewhere, too.
_KEYS = CompiledSchema({"type": "object", "properties": {key: {} for key in FIELDS}, "additionalProperties": False})
_SCALE = CompiledSchema(SCALE)


def fields(body: Any) -> dict[str, Any]:
    """Return a pool as it is written, by the fields of the model. Raises :class:`Invalid` for unknown keys."""
    require_valid(_KEYS, body)
    return {FIELDS[key]: given for key, given in body.items()}


def count(body: Any) -> int | None:
    """Return the number of pods of a body that scales by hand, or None. Raises :class:`Invalid`."""
    require_valid(_SCALE, body)
    # JSON Schema takes 2.0 for an integer, too.
    return None if body["count"] is None else int(body["count"])
