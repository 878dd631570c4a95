"""Workflows as GraphQL shows them: the values are REST's, under the same names."""

from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from apps.core.graphql.connections import PageInfo, by_field_name
from apps.core.graphql.enums import enum
from apps.core.graphql.model_types import ModelType
from apps.core.graphql.scalars import JSON, JSONObject
from apps.workflows import models
from apps.workflows.engine import states
from apps.workflows.graphql.nodes import WorkflowNode

WorkflowState = enum("WorkflowState", states.WorkflowState, "The last three are final.")
JobStatus = enum("JobStatus", states.JobStatus, "The last four are final.")
SkipReason = enum("SkipReason", states.SkipReason, "Its own condition, or what became of the jobs before it.")


class ErrorDetail(graphene.ObjectType):
    class Meta:
        default_resolver = by_field_name

    rule = graphene.String()
    path = graphene.String()
    message = graphene.String()


class WorkflowError(graphene.ObjectType):
    """Why a workflow or a job failed."""

    class Meta:
        default_resolver = by_field_name

    code = graphene.String(required=True)
    message = graphene.String(required=True)
    job_id = graphene.ID()
    attempt = graphene.Int()
    details = graphene.List(graphene.NonNull(ErrorDetail), required=True)


class WorkflowJobType(ModelType):
    """One step of one workflow."""

    class Meta:
        name = "Job"
        model = models.Job
        fields = ("name", "type", "attempt", "started_at", "finished_at")
        default_resolver = by_field_name

    id = graphene.ID(required=True, description="the jobId, unique in its workflow")
    status = JobStatus(required=True)
    reason = SkipReason(description="why it was skipped")
    error = graphene.Field(WorkflowError)

    @staticmethod
    def resolve_id(root: dict[str, Any], _info: GraphQLResolveInfo) -> Any:
        return root["jobId"]


def _as_written(_attribute: str, _default: Any, root: WorkflowNode, info: GraphQLResolveInfo, **_: Any) -> Any:
    return root.written[info.field_name]


class WorkflowType(ModelType):
    """A template that was started."""

    class Meta:
        name = "Workflow"
        model = models.Workflow
        fields = ("template_id", "version", "priority", "created_at", "started_at", "finished_at")
        default_resolver = _as_written

    id = graphene.ID(required=True, description="the workflowId")
    state = WorkflowState(required=True)
    current_job = graphene.ID(description="the most recently started job that has not ended")
    labels = JSONObject(required=True)
    progress = graphene.Float(required=True, description="0 to 1")
    created_by = graphene.String()
    error = graphene.Field(WorkflowError)
    jobs = graphene.List(graphene.NonNull(WorkflowJobType), required=True, description="in the order of the template")
    input = JSON()
    output = JSON()

    @staticmethod
    def resolve_id(root: WorkflowNode, _info: GraphQLResolveInfo) -> Any:
        return root.id

    @staticmethod
    def resolve_jobs(root: WorkflowNode, _info: GraphQLResolveInfo) -> Any:
        return root.together.jobs()[root.id]

    @staticmethod
    def resolve_input(root: WorkflowNode, _info: GraphQLResolveInfo) -> Any:
        return root.together.contents()[root.id]["input"]

    @staticmethod
    def resolve_output(root: WorkflowNode, _info: GraphQLResolveInfo) -> Any:
        return root.together.contents()[root.id]["output"]


class WorkflowPage(graphene.ObjectType):
    nodes = graphene.List(graphene.NonNull(WorkflowType), required=True)
    page_info = graphene.Field(PageInfo, required=True)


class StartedWorkflow(graphene.ObjectType):
    workflow = graphene.Field(WorkflowType, required=True)
    created = graphene.Boolean(
        required=True, description="false: an earlier request with this idempotency key created it"
    )
