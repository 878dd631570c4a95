"""Queries of templates."""

from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from apps.core.api.pagination import MAX_LIMIT
from apps.core.errors import Hidden
from apps.core.graphql.context import caller
from apps.templates.graphql.diffs import TemplateDiff
from apps.templates.graphql.listing import entries
from apps.templates.graphql.nodes import VersionNode, whole
from apps.templates.graphql.types import JobTemplateType
from apps.templates.services.compare import Comparison, compare
from apps.templates.services.read import get_version


class JobTemplateFilter(graphene.InputObjectType):
    """All given conditions must match."""

    name = graphene.String(description="equals the name")
    version = graphene.String(
        description="a version or a range: each entry is the newest published version that matches"
    )
    type = graphene.String(description="has a step of that type")


class TemplateQueries(graphene.ObjectType):
    job_template = graphene.Field(
        JobTemplateType,
        description="One version: the newest published one, or the one that a version or a range selects.",
        id=graphene.ID(required=True),
        version=graphene.String(),
    )
    job_templates = graphene.List(
        graphene.NonNull(JobTemplateType),
        required=True,
        description="One entry per template, ordered by templateId. With after, those that follow that templateId.",
        filter=JobTemplateFilter(),
        first=graphene.Int(description=f"1 to {MAX_LIMIT}; all, unless given"),
        after=graphene.ID(),
    )
    template_diff = graphene.Field(
        TemplateDiff,
        description="The differences between two versions, given exactly or as ranges.",
        id=graphene.ID(required=True),
        from_=graphene.String(name="from", description="the published version before the other, unless given"),
        to=graphene.String(description="the newest published version, unless given"),
    )

    @staticmethod
    def resolve_job_template(
        _root: None, info: GraphQLResolveInfo, *, id: str, version: str | None = None
    ) -> VersionNode | None:
        try:
            return whole(get_version(caller(info), template_id=id, version=version))
        except Hidden:
            return None

    @staticmethod
    def resolve_job_templates(
        _root: None,
        info: GraphQLResolveInfo,
        *,
        filter: dict[str, Any] | None = None,
        first: int | None = None,
        after: str | None = None,
    ) -> list[VersionNode]:
        return entries(caller(info), filter or {}, first, after)

    @staticmethod
    def resolve_template_diff(
        _root: None, info: GraphQLResolveInfo, *, id: str, from_: str | None = None, to: str | None = None
    ) -> Comparison | None:
        try:
            return compare(caller(info), template_id=id, old=from_, new=to)
        except Hidden:
            return None
