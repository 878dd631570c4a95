"""Acts on workflows: each calls the service that REST calls. Pointers of problems lead into the field's arguments."""

from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from apps.core.graphql.context import caller
from apps.core.graphql.scalars import JSON, JSONObject
from apps.workflows.graphql.nodes import WorkflowNode
from apps.workflows.graphql.queries import found, parsed_id
from apps.workflows.graphql.types import StartedWorkflow, WorkflowType
from apps.workflows.services.cancel import cancel
from apps.workflows.services.start import start
from apps.workflows.wire import parsing

_REST_NAMES = {"template_id": "templateId"}


class WorkflowMutations(graphene.ObjectType):
    start_workflow = graphene.Field(
        StartedWorkflow,
        template_id=graphene.ID(required=True),
        version=graphene.String(description="exact, or a range: the newest published match"),
        input=JSON(required=True),
        priority=graphene.Float(),
        labels=JSONObject(),
        idempotency_key=graphene.String(description="per user, kept for 24 hours"),
    )
    cancel_workflow = graphene.Field(
        WorkflowType, description="Cancels every job that has not ended.", id=graphene.ID(required=True)
    )

    @staticmethod
    def resolve_start_workflow(
        _root: None, info: GraphQLResolveInfo, *, idempotency_key: str | None = None, **given: Any
    ) -> dict[str, Any]:
        """The rest of the arguments is the body of ``POST /workflows``, in which null is as good as absent."""
        body = {_REST_NAMES.get(name, name): value for name, value in given.items() if value is not None}
        request = parsing.start_request(body)
        new = start(caller(info), request, idempotency_key=parsing.idempotency_key(idempotency_key))
        return {"workflow": found(caller(info), str(new.workflow.pk)), "created": new.created}

    @staticmethod
    def resolve_cancel_workflow(_root: None, info: GraphQLResolveInfo, *, id: str) -> WorkflowNode:
        cancel(caller(info), workflow_id=parsed_id(id))
        return found(caller(info), id)
