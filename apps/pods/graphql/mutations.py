"""Mutations of pools and pods: each calls the service that REST calls. Pointers of problems lead into its arguments."""

from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from apps.core.errors import Invalid
from apps.core.graphql.context import caller
from apps.core.graphql.entity_tags import if_match, tags
from apps.core.graphql.scalars import JSONObject
from apps.core.schema.json_schema import Problem
from apps.pods.graphql.nodes import PodNode, PoolNode, pod_nodes, pool_nodes
from apps.pods.graphql.queries import NAME
from apps.pods.graphql.types import PodPoolType, PodType
from apps.pods.models import PodPool
from apps.pods.services import pods, pools
from apps.pods.wire import rendering


def _fields() -> dict[str, Any]:
    """Return the arguments for a pool's settings except its name, under the names of the service."""
    return {
        **{name: graphene.String() for name in ("image", "service_account", "namespace")},
        **{name: JSONObject() for name in ("resources", "env", "labels", "node_selector")},
        **{name: graphene.Int() for name in ("slots", "minimum", "maximum", "starts_at_once", "surge")},
        "tolerations": graphene.List(graphene.NonNull(JSONObject)),
        "target_wait": graphene.Float(description="seconds that a job may be queued"),
        "idle_seconds": graphene.Float(description="null: POD_IDLE_SECONDS"),
    }


class PodMutations(graphene.ObjectType):
    create_pod_pool = graphene.Field(PodPoolType, name=NAME, **_fields())
    update_pod_pool = graphene.Field(
        PodPoolType,
        description="Changes the given fields; its pods are replaced one after the other.",
        name=NAME,
        **_fields(),
        if_match=if_match(),
    )
    delete_pod_pool = graphene.ID(
        description="Deletes a pool and returns its name. If it has pods, it goes once they have finished their jobs.",
        name=NAME,
        if_match=if_match(),
    )
    scale_pod_pool = graphene.Field(
        PodPoolType,
        description="Keeps this many pods; null returns control to the autoscaler.",
        name=NAME,
        count=graphene.Int(),
    )
    cordon_pod_pool = graphene.Field(
        PodPoolType,
        description="Stops its executors from taking jobs, or lets them take jobs again.",
        name=NAME,
        cordoned=graphene.Boolean(required=True),
    )
    drain_pod = graphene.Field(
        PodType, description="Makes the pod stop taking jobs and end when it has none.", name=NAME
    )

    @staticmethod
    def resolve_create_pod_pool(_root: None, info: GraphQLResolveInfo, **given: Any) -> PoolNode:
        """Create a pool. Null is as good as absent."""
        fields = {name: value for name, value in given.items() if value is not None}
        return _shown(pools.create(caller(info), fields=fields))

    @staticmethod
    def resolve_update_pod_pool(
        _root: None, info: GraphQLResolveInfo, *, name: str, if_match: str | None = None, **given: Any
    ) -> PoolNode:
        return _shown(pools.update(caller(info), name=name, changes=given, if_match=tags(if_match)))

    @staticmethod
    def resolve_delete_pod_pool(
        _root: None, info: GraphQLResolveInfo, *, name: str, if_match: str | None = None
    ) -> str:
        pools.delete(caller(info), name=name, if_match=tags(if_match))
        return name

    @staticmethod
    def resolve_scale_pod_pool(_root: None, info: GraphQLResolveInfo, *, name: str, **given: int | None) -> PoolNode:
        """Scale a pool. Nobody gives one back by forgetting an argument."""
        if "count" not in given:
            raise Invalid([Problem("/count", "is required; null gives the pool back to the autoscaler")])
        return _shown(pools.scale(caller(info), name=name, count=given["count"]))

    @staticmethod
    def resolve_cordon_pod_pool(_root: None, info: GraphQLResolveInfo, *, name: str, cordoned: bool) -> PoolNode:
        return _shown(pools.cordon(caller(info), name=name, cordoned=cordoned))

    @staticmethod
    def resolve_drain_pod(_root: None, info: GraphQLResolveInfo, *, name: str) -> PodNode:
        drained = pods.drain(caller(info), name=name)
        return pod_nodes(caller(info), [rendering.list_row(drained)])[0]


def _shown(pool: PodPool) -> PoolNode:
    return pool_nodes([pool])[0]
