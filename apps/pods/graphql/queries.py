"""Queries of pools and pods."""

from collections.abc import Mapping, Sequence
from typing import Any

import graphene
from django.db.models import QuerySet
from graphql import GraphQLResolveInfo

from apps.core import cursors
from apps.core.errors import Hidden
from apps.core.graphql.connections import PageInfo, check_page_size, check_texts, page_arguments
from apps.core.graphql.context import caller
from apps.core.graphql.errors import invalid
from apps.pods.graphql.nodes import PodNode, PoolNode, pod_nodes, pool_nodes
from apps.pods.graphql.types import PodPage, PodPoolPage, PodPoolType, PodState, PodType
from apps.pods.services import pods, pools
from apps.pods.services.logs import DEFAULT_LINES, MAX_LINES, logs
from apps.pods.wire import rendering

NAME = graphene.ID(required=True)


class PodFilter(graphene.InputObjectType):
    """All that is given must hold."""

    pool = graphene.ID()
    state = PodState()


class PodQueries(graphene.ObjectType):
    pod_pool = graphene.Field(PodPoolType, name=NAME)
    pod_pools = graphene.Field(PodPoolPage, required=True, description="By name.", **page_arguments())
    pod = graphene.Field(PodType, name=NAME)
    pods = graphene.Field(
        PodPage,
        required=True,
        description="Newest first; pods that have ended are kept for a day.",
        filter=PodFilter(),
        **page_arguments(),
    )
    pod_logs = graphene.String(
        description=f"What its executor wrote last, the oldest line first; lines: 1 to {MAX_LINES}.",
        name=NAME,
        lines=graphene.Int(required=True, default_value=DEFAULT_LINES),
    )

    @staticmethod
    def resolve_pod_pool(_root: None, info: GraphQLResolveInfo, *, name: str) -> PoolNode | None:
        try:
            return pool_nodes([pools.pool(caller(info), name=name)])[0]
        except Hidden:
            return None

    @staticmethod
    def resolve_pod_pools(
        _root: None, info: GraphQLResolveInfo, *, first: int, after: str | None = None
    ) -> dict[str, Any]:
        visible = pools.pools(caller(info))
        rows, page_info = _cut(visible.values("pk", "name"), ["name"], first, after)
        found = visible.filter(pk__in=[row["pk"] for row in rows]).order_by("name")
        return {"nodes": pool_nodes(list(found)), "page_info": page_info}

    @staticmethod
    def resolve_pod(_root: None, info: GraphQLResolveInfo, *, name: str) -> PodNode | None:
        try:
            row = rendering.list_row(pods.pod(caller(info), name=name))
        except Hidden:
            return None
        return pod_nodes(caller(info), [row])[0]

    @staticmethod
    def resolve_pods(
        _root: None,
        info: GraphQLResolveInfo,
        *,
        first: int,
        filter: Mapping[str, Any] | None = None,
        after: str | None = None,
    ) -> dict[str, Any]:
        rows = pods.pods(caller(info)).filter(**_narrowed(filter or {})).values(*rendering.LIST_FIELDS)
        page, page_info = _cut(rows, pods.NEWEST_FIRST, first, after)
        return {"nodes": pod_nodes(caller(info), page), "page_info": page_info}

    @staticmethod
    def resolve_pod_logs(_root: None, info: GraphQLResolveInfo, *, name: str, lines: int) -> str | None:
        try:
            return logs(caller(info), name=name, lines=lines)
        except Hidden:
            return None


def _cut(
    rows: "QuerySet[Any, Any]", order: Sequence[str], first: int, after: str | None
) -> tuple[cursors.Rows, dict[str, Any]]:
    check_page_size(first)
    try:
        page, cursor = cursors.page_after(rows, order, limit=first, after=after)
    except cursors.CursorInvalid as error:
        raise invalid("/after", str(error)) from error
    return page, PageInfo.of(cursor)


def _narrowed(given: Mapping[str, Any]) -> dict[str, Any]:
    check_texts("/filter", given)
    state = given.get("state")
    wanted = {"pool__name": given.get("pool"), "state": state.value if state else None}
    return {name: value for name, value in wanted.items() if value is not None}
