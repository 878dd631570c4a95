"""``/api/v1/templates/{templateId}/diff``: two versions compared."""

from typing import Any, get_args

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.authentication import caller
from apps.core.api.queries import Query
from apps.core.api.views import BaseView
from apps.templates.comparison import diff
from apps.templates.comparison.compatibility import CompatibilityChange, Level
from apps.templates.comparison.diff import Difference
from apps.templates.services.compare import Comparison, compare

_POINTER = {"type": "string", "description": "into the new document; to what is gone, into the old one"}
_LEVEL = {"enum": list(get_args(Level))}
_DIFFERENCE: dict[str, Any] = {
    "type": "object",
    "required": ["op", "pointer"],
    "properties": {
        "op": {"enum": list(get_args(diff.Op))},
        "pointer": _POINTER,
        "from": {"type": "string", "description": "where a step that was moved stood in the old document"},
        "old": {},
        "new": {},
    },
}
_REASON: dict[str, Any] = {
    "type": "object",
    "required": ["pointer", "message", "needs"],
    "properties": {"pointer": _POINTER, "message": {"type": "string"}, "needs": _LEVEL},
}
_COMPARISON: dict[str, Any] = {
    "type": "object",
    "required": ["templateId", "from", "to", "changes", "text", "needs", "reasons"],
    "properties": {
        "templateId": {"type": "string"},
        "from": {"type": "string"},
        "to": {"type": "string"},
        "changes": {"type": "array", "maxItems": diff.MAX_DIFFERENCES, "items": _DIFFERENCE},
        "text": {
            "type": ["string", "null"],
            "description": "a unified diff of both as YAML; null where they are too long for one",
        },
        "needs": {**_LEVEL, "description": "the least update that leads from the one to the other"},
        "reasons": {"type": "array", "items": _REASON},
    },
}
_PARAMETERS = [
    OpenApiParameter("from", str, description="a version or a range; the published version before `to` unless given"),
    OpenApiParameter("to", str, description="a version or a range; the newest published version unless given"),
]


class DiffView(BaseView):
    query_methods = ("get",)

    @extend_schema(operation_id="diffTemplate", parameters=_PARAMETERS, responses={200: _COMPARISON})
    def get(self, request: Request, template_id: str) -> Response:
        """Compare two versions, and determine which update the change needs."""
        query = Query(request.query_params, known=["from", "to"])
        found = compare(caller(request), template_id=template_id, old=query.text("from"), new=query.text("to"))
        return Response(_rendered(found))


def _rendered(found: Comparison) -> dict[str, Any]:
    return {
        "templateId": found.new.template_id,
        "from": found.old.version,
        "to": found.new.version,
        "changes": [_difference(difference) for difference in found.differences],
        "text": found.text,
        "needs": found.needs,
        "reasons": [_reason(reason) for reason in found.reasons],
    }


def _difference(difference: Difference) -> dict[str, Any]:
    values: dict[diff.Op, dict[str, Any]] = {
        "add": {"new": difference.new},
        "remove": {"old": difference.old},
        "replace": {"old": difference.old, "new": difference.new},
        "move": {"from": difference.moved_from},
    }
    return {"op": difference.op, "pointer": difference.pointer, **values[difference.op]}


def _reason(reason: CompatibilityChange) -> dict[str, Any]:
    return {"pointer": reason.pointer, "message": reason.message, "needs": reason.needs}
