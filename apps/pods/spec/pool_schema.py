"""The settings of a pool as a JSON Schema: keys, types and bounds.

What a schema cannot say, or says unkindly, is checked in ``validation``.
"""

from typing import Any, Final

from apps.core.pools import MAX_NAME_LENGTH
from apps.pods.planning import quantities

# The keys, and the fields of the model that they are.
FIELDS: Final = {
    "name": "name",
    "image": "image",
    "resources": "resources",
    "env": "env",
    "labels": "labels",
    "nodeSelector": "node_selector",
    "tolerations": "tolerations",
    "serviceAccount": "service_account",
    "namespace": "namespace",
    "slots": "slots",
    "minimum": "minimum",
    "maximum": "maximum",
    "targetWait": "target_wait",
    "idleSeconds": "idle_seconds",
    "startsAtOnce": "starts_at_once",
    "surge": "surge",
}
KEYS: Final = {field: key for key, field in FIELDS.items()}
MAX_SLOTS = 1000
MAX_PODS = 10_000
MAX_WAIT_SECONDS = 86_400
MAX_IDLE_SECONDS = 7 * 86_400
MAX_ENTRIES = 100
MAX_VALUE_LENGTH = 4_000

Schema = dict[str, Any]


def _keys(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _map_to(value: Schema) -> Schema:
    return {"type": "object", "maxProperties": MAX_ENTRIES, "additionalProperties": value}


def _whole(minimum: int, maximum: int) -> Schema:
    return {"type": "integer", "minimum": minimum, "maximum": maximum}


def _text(longest: int, shortest: int = 0) -> Schema:
    return {"type": "string", "minLength": shortest, "maxLength": longest}


_QUANTITIES = _map_to(_text(quantities.MAX_LENGTH, shortest=1))
# The keywords of objects ask nothing of texts, and the other way round: so each mistake has its own place.
_VARIABLE: Schema = {
    **_keys(secret=_text(253, shortest=1), key=_text(253, shortest=1)),
    "type": ["string", "object"],
    "maxLength": MAX_VALUE_LENGTH,
    "required": ["secret", "key"],
    "description": 'a text, or {"secret": name, "key": key} for a value that a Kubernetes Secret holds',
}
_TOLERATION = _keys(
    key=_text(317),
    operator={"enum": ["Exists", "Equal"]},
    value=_text(63),
    effect={"enum": ["", "NoSchedule", "PreferNoSchedule", "NoExecute"]},
    tolerationSeconds=_whole(0, 2**31 - 1),
)

PROPERTIES: Final[dict[str, Schema]] = {
    "name": _text(MAX_NAME_LENGTH, shortest=1),
    "image": _text(300, shortest=1),
    "resources": _keys(requests=_QUANTITIES, limits=_QUANTITIES),
    "env": _map_to(_VARIABLE),
    "labels": _map_to(_text(63)),
    "nodeSelector": _map_to(_text(63)),
    "tolerations": {"type": "array", "maxItems": MAX_ENTRIES, "items": _TOLERATION},
    "serviceAccount": _text(253),
    "namespace": {**_text(63), "description": "empty: that of the installation"},
    "slots": _whole(1, MAX_SLOTS),
    "minimum": _whole(0, MAX_PODS),
    "maximum": _whole(0, MAX_PODS),
    "targetWait": {
        "type": "number",
        "minimum": 0.1,
        "maximum": MAX_WAIT_SECONDS,
        "description": "seconds that a job may be queued",
    },
    "idleSeconds": {
        "type": ["number", "null"],
        "minimum": 0,
        "maximum": MAX_IDLE_SECONDS,
        "description": "null: POD_IDLE_SECONDS",
    },
    "startsAtOnce": _whole(1, MAX_PODS),
    "surge": _whole(1, MAX_PODS),
}
SCHEMA: Final[Schema] = {"type": "object", "properties": PROPERTIES, "additionalProperties": False}
# Of ``POST /pod-pools/{name}/scale``.
SCALE: Final[Schema] = {
    "title": "Scale by hand",
    **_keys(count={**_whole(0, MAX_PODS), "type": ["integer", "null"], "description": "null: as the autoscaler says"}),
    "required": ["count"],
}
