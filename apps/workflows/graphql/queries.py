"""Reading workflows."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import graphene
from graphql import GraphQLResolveInfo

from apps.core import cursors
from apps.core.access.policy import Actor
from apps.core.errors import Hidden
from apps.core.graphql.connections import PageInfo, check_page_size, check_texts, page_arguments
from apps.core.graphql.context import caller
from apps.core.graphql.errors import invalid
from apps.core.graphql.scalars import DateTime
from apps.workflows.graphql.nodes import WorkflowNode, workflow_nodes
from apps.workflows.graphql.types import WorkflowPage, WorkflowState, WorkflowType
from apps.workflows.services import read
from apps.workflows.services.read import NEWEST_FIRST, WorkflowFilters


class LabelFilter(graphene.InputObjectType):
    key = graphene.String(required=True)
    value = graphene.String(required=True)


class WorkflowFilter(graphene.InputObjectType):
    """All given conditions must match."""

    state = WorkflowState()
    template_id = graphene.ID()
    version = graphene.String()
    labels = graphene.List(graphene.NonNull(LabelFilter))
    created_after = DateTime()
    created_before = DateTime()
    search = graphene.String(description="part of the templateId, or an entire workflowId")


class WorkflowQueries(graphene.ObjectType):
    workflow = graphene.Field(WorkflowType, id=graphene.ID(required=True))
    workflows = graphene.Field(
        WorkflowPage, required=True, description="Newest first.", filter=WorkflowFilter(), **page_arguments()
    )

    @staticmethod
    def resolve_workflow(_root: None, info: GraphQLResolveInfo, *, id: str) -> WorkflowNode | None:
        try:
            return found(caller(info), id)
        except Hidden:
            return None

    @staticmethod
    def resolve_workflows(
        _root: None,
        info: GraphQLResolveInfo,
        *,
        first: int,
        filter: Mapping[str, Any] | None = None,
        after: str | None = None,
    ) -> dict[str, Any]:
        check_page_size(first)
        rows = read.list_workflows(caller(info), _filters(filter or {}))
        try:
            page, cursor = cursors.page_after(rows, NEWEST_FIRST, limit=first, after=after)
        except cursors.CursorInvalid as error:
            raise invalid("/after", str(error)) from error
        return {"nodes": workflow_nodes(read.with_live_states(page)), "page_info": PageInfo.of(cursor)}


def found(actor: Actor, workflow_id: str) -> WorkflowNode:
    """Return one workflow. Hidden if there is none for the actor to see."""
    rows = read.list_workflows(actor, WorkflowFilters()).filter(pk=parsed_id(workflow_id))
    for workflow in workflow_nodes(read.with_live_states(list(rows))):
        return workflow
    raise Hidden


def parsed_id(text: str) -> UUID:
    """Hidden for what cannot be the id of a workflow."""
    try:
        return UUID(text)
    except ValueError:
        raise Hidden from None


def _filters(given: Mapping[str, Any]) -> WorkflowFilters:
    check_texts("/filter", given)
    for index, label in enumerate(given.get("labels") or ()):
        check_texts(f"/filter/labels/{index}", label)
    state = given.get("state")
    return WorkflowFilters(
        state=state.value if state else None,
        template_id=given.get("template_id"),
        version=given.get("version"),
        labels=[(label["key"], label["value"]) for label in given.get("labels") or ()],
        created_after=given.get("created_after"),
        created_before=given.get("created_before"),
        search=given.get("search"),
    )
