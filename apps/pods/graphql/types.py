"""Pools and pods as GraphQL shows them: the values are REST's, under the same names."""

from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from apps.core.graphql.connections import PageInfo, by_field_name
from apps.core.graphql.enums import enum
from apps.core.graphql.model_types import ModelType
from apps.core.graphql.scalars import DateTime, JSONObject
from apps.pods import models
from apps.pods.graphql.nodes import PodNode, PoolNode
from apps.pods.planning import values

PodState = enum("PodState", values.PodState, "The last one is final.")


def _as_written(_attribute: str, _default: Any, root: PoolNode | PodNode, info: GraphQLResolveInfo, **_: Any) -> Any:
    return root.written[info.field_name]


class PodCounts(graphene.ObjectType):
    """How many pods a pool has, by state; those that ended are left out."""

    class Meta:
        default_resolver = by_field_name

    starting = graphene.Int(required=True)
    ready = graphene.Int(required=True)
    draining = graphene.Int(required=True)
    unhealthy = graphene.Int(required=True)
    stopping = graphene.Int(required=True)


class PodPoolUsage(graphene.ObjectType):
    """What the pods of a pool were seen to use, as it is now."""

    class Meta:
        default_resolver = by_field_name

    memory_bytes = graphene.Float(required=True, description="the peak of any pod")
    jobs = graphene.Float(required=True)
    cpu_seconds_per_job = graphene.Float()
    slot_seconds_per_job = graphene.Float()
    since = DateTime(required=True)


class ResourceBound(graphene.ObjectType):
    """A request or a limit, as quantities of Kubernetes."""

    class Meta:
        default_resolver = by_field_name

    current = graphene.String()
    recommended = graphene.String(required=True)


class ResourceAdviceType(graphene.ObjectType):
    class Meta:
        name = "ResourceAdvice"
        default_resolver = by_field_name

    resource = graphene.String(required=True, description="memory or cpu")
    request = graphene.Field(ResourceBound, required=True)
    limit = graphene.Field(ResourceBound, required=True)
    fits = graphene.Boolean(required=True)
    reason = graphene.String(required=True)


class PodPoolAdvice(graphene.ObjectType):
    """Which resources a pool should ask for, from what its pods use."""

    class Meta:
        default_resolver = by_field_name

    measured = graphene.Field(PodPoolUsage, required=True)
    missing = graphene.String(description="what must be measured before any advice is given")
    fits = graphene.Boolean(required=True, description="the current settings fit")
    resources = graphene.List(graphene.NonNull(ResourceAdviceType), required=True)


class PodPoolType(ModelType):
    """A group of like executors."""

    class Meta:
        name = "PodPool"
        model = models.PodPool
        fields = (
            *("name", "image", "service_account", "namespace", "slots", "minimum", "maximum"),
            *("target_wait", "idle_seconds", "starts_at_once", "surge"),
            *("scale_to", "cordoned", "retry_at", "deleted_at"),
        )
        default_resolver = _as_written

    resources = JSONObject(required=True)
    env = JSONObject(required=True)
    labels = JSONObject(required=True)
    node_selector = JSONObject(required=True)
    tolerations = graphene.List(graphene.NonNull(JSONObject), required=True)
    problem = graphene.String(description="why it gets no pods; none is tried until retryAt")
    etag = graphene.String(required=True, description="for ifMatch")
    pod_counts = graphene.Field(PodCounts, required=True)
    advice = graphene.Field(PodPoolAdvice, description="null until something has been measured")

    @staticmethod
    def resolve_etag(root: PoolNode, _info: GraphQLResolveInfo) -> str:
        return root.etag()

    @staticmethod
    def resolve_pod_counts(root: PoolNode, _info: GraphQLResolveInfo) -> Any:
        return root.counts()

    @staticmethod
    def resolve_advice(root: PoolNode, _info: GraphQLResolveInfo) -> Any:
        return root.advice()


class PodJob(graphene.ObjectType):
    """A job that a pod runs."""

    class Meta:
        default_resolver = by_field_name

    workflow_id = graphene.ID(required=True)
    job_id = graphene.ID(required=True)
    attempt = graphene.Int(required=True)


class PodType(ModelType):
    """One executor."""

    class Meta:
        name = "Pod"
        model = models.Pod
        fields = (
            *("name", "restarts", "busy", "leaving", "revision"),
            *("created_at", "ready_at", "idle_since", "ended_at"),
        )
        default_resolver = _as_written

    pool = graphene.String(required=True, description="the pool's name")
    state = PodState(required=True)
    reason = graphene.String(description="why it is in this state")
    namespace = graphene.String()
    node = graphene.String()
    jobs = graphene.List(
        graphene.NonNull(PodJob), required=True, description="what it runs, of workflows that the caller may view"
    )

    @staticmethod
    def resolve_jobs(root: PodNode, _info: GraphQLResolveInfo) -> Any:
        return root.jobs()


class PodPoolPage(graphene.ObjectType):
    nodes = graphene.List(graphene.NonNull(PodPoolType), required=True)
    page_info = graphene.Field(PageInfo, required=True)


class PodPage(graphene.ObjectType):
    nodes = graphene.List(graphene.NonNull(PodType), required=True)
    page_info = graphene.Field(PageInfo, required=True)
