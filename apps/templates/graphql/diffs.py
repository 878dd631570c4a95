"""GraphQL types of the differences between two versions of a template."""

from typing import get_args

import graphene
from graphql import GraphQLResolveInfo

from apps.core.graphql.enums import enum
from apps.core.graphql.scalars import JSON
from apps.templates.comparison import diff
from apps.templates.comparison.diff import Difference
from apps.templates.graphql.nodes import VersionNode, whole
from apps.templates.graphql.types import JobTemplateType, UpdateType
from apps.templates.services.compare import Comparison

DifferenceOp = enum("DifferenceOp", get_args(diff.Op), "What became of a value.")


class TemplateDifference(graphene.ObjectType):
    """One value that was added, removed or changed, or a step that was moved."""

    op = DifferenceOp(required=True)
    pointer = graphene.String(
        required=True, description="into the new document; for what was removed, into the old one"
    )
    from_ = graphene.String(name="from", description="the position of a moved step in the old document")
    old = JSON()
    new = JSON()

    @staticmethod
    def resolve_from_(root: Difference, _info: GraphQLResolveInfo) -> str | None:
        return root.moved_from


class TemplateReason(graphene.ObjectType):
    """A change that users of the template may notice, and the smallest update type that announces it."""

    pointer = graphene.String(required=True)
    message = graphene.String(required=True)
    needs = UpdateType(required=True)


class TemplateDiff(graphene.ObjectType):
    from_ = graphene.Field(JobTemplateType, required=True, name="from")
    to = graphene.Field(JobTemplateType, required=True)
    needs = UpdateType(required=True, description="the smallest update type from one to the other")
    reasons = graphene.List(graphene.NonNull(TemplateReason), required=True, description="most breaking first")
    changes = graphene.List(
        graphene.NonNull(TemplateDifference), required=True, description=f"at most {diff.MAX_DIFFERENCES:,}"
    )
    text = graphene.String(description="a unified diff of both as YAML; null if they are too long")

    @staticmethod
    def resolve_from_(root: Comparison, _info: GraphQLResolveInfo) -> VersionNode:
        return whole(root.old)

    @staticmethod
    def resolve_to(root: Comparison, _info: GraphQLResolveInfo) -> VersionNode:
        return whole(root.new)

    @staticmethod
    def resolve_changes(root: Comparison, _info: GraphQLResolveInfo) -> list[Difference]:
        return root.differences
