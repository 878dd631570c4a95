"""``/api/v1/triggers``: parse, call a service, render."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from apps.core.api.authentication import caller
from apps.core.api.pagination import OPENAPI_PARAMETERS, PAGE_PARAMETERS, paginate
from apps.core.api.queries import Query
from apps.core.api.views import BaseView
from apps.workflows.api.trigger_schemas import PAGE, SERVED
from apps.workflows.models import Trigger
from apps.workflows.services import triggers
from apps.workflows.wire import trigger_parsing
from apps.workflows.wire.schemas import TRIGGER, TRIGGER_REPLACEMENT

_OWNER = "owner__username"
LIST_FIELDS = (
    *("name", "topic", "filter", "template_id", "version", "input", "enabled"),
    *(_OWNER, "created_at", "updated_at"),
)


class TriggersView(BaseView):
    query_methods = ("get",)

    @extend_schema(operation_id="listTriggers", parameters=OPENAPI_PARAMETERS, responses={200: PAGE})
    def get(self, request: Request) -> Response:
        """Triggers, by name."""
        query = Query(request.query_params, known=PAGE_PARAMETERS)
        page = paginate(request, query, triggers.visible_triggers(caller(request)).values(*LIST_FIELDS), ["name"])
        return Response(page.answer([_item(row) for row in page.rows]))

    @extend_schema(operation_id="createTrigger", request={"application/json": TRIGGER}, responses={201: SERVED})
    def post(self, request: Request) -> Response:
        """Create a trigger. It acts with the permissions of its creator."""
        trigger = triggers.create(caller(request), definition=trigger_parsing.definition(request.data))
        location = reverse("trigger", args=[trigger.name], request=request)
        return Response(_served(trigger), status=status.HTTP_201_CREATED, headers={"Location": location})


class TriggerView(BaseView):
    @extend_schema(operation_id="getTrigger", responses={200: SERVED})
    def get(self, request: Request, name: str) -> Response:
        """One trigger."""
        return Response(_served(triggers.get(caller(request), name=name)))

    @extend_schema(
        operation_id="replaceTrigger", request={"application/json": TRIGGER_REPLACEMENT}, responses={200: SERVED}
    )
    def put(self, request: Request, name: str) -> Response:
        """Replace a trigger's whole definition; its name and owner stay."""
        definition = trigger_parsing.definition(request.data, name=name)
        return Response(_served(triggers.update(caller(request), name=name, definition=definition)))

    @extend_schema(operation_id="deleteTrigger", responses={204: None})
    def delete(self, request: Request, name: str) -> Response:
        """Delete a trigger. Workflows that it started continue."""
        triggers.delete(caller(request), name=name)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _served(trigger: Trigger) -> dict[str, Any]:
    row = {name: getattr(trigger, name) for name in LIST_FIELDS if name != _OWNER}
    return _item({**row, _OWNER: trigger.owner.get_username() if trigger.owner else None})


def _item(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": row["name"],
        "topic": row["topic"],
        "filter": row["filter"],
        "templateId": row["template_id"],
        "version": row["version"] or None,
        "input": row["input"],
        "enabled": row["enabled"],
        "owner": row[_OWNER],
        "createdAt": row["created_at"],
        "updatedAt": row["updated_at"],
    }
