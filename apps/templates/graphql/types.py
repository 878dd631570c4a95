"""Templates as GraphQL shows them (contract §5, and more beside it)."""

from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from apps.core import cursors
from apps.core.graphql.connections import PageInfo, by_field_name, check_page_size, page_arguments
from apps.core.graphql.enums import enum
from apps.core.graphql.errors import invalid
from apps.core.graphql.model_types import ModelType
from apps.core.graphql.scalars import JSON, JSONObject
from apps.templates.comparison.compatibility import LEVELS
from apps.templates.graphql.nodes import VersionNode
from apps.templates.models import TemplateVersion, VersionStatus
from apps.templates.services.bulk_read import LIGHT_FIELDS
from apps.templates.services.read import etag

TemplateStatus = enum("TemplateStatus", VersionStatus.values, "Only drafts change; only published ones are started.")
UpdateType = enum("UpdateType", LEVELS, "What of semver's numbers rises.")


def _of_version_or_document(
    attribute: str, _default: Any, root: VersionNode, info: GraphQLResolveInfo, **_: Any
) -> Any:
    """Return the attribute of the row; what the row does not have is a key of the document, under the same name."""
    return getattr(root.version, attribute) if attribute in LIGHT_FIELDS else root.document.get(info.field_name)


class JobStep(graphene.ObjectType):
    """A step, as the document writes it."""

    class Meta:
        default_resolver = by_field_name

    name = graphene.String(required=True)
    type = graphene.String(required=True)
    config = JSONObject(required=True)
    depends_on = graphene.List(graphene.NonNull(JSON), description="if absent, the previous step")
    when = graphene.String()
    retry = JSONObject()
    timeout = graphene.String()
    priority = graphene.Float()
    pool = graphene.String(description="the pool whose pods run it; if absent, default")


class JobTemplateType(ModelType):
    """One version of a template: the newest published one, unless a version is named."""

    class Meta:
        name = "JobTemplate"
        model = TemplateVersion
        fields = ("version", "created_at", "published_at")
        default_resolver = _of_version_or_document

    id = graphene.ID(required=True, description="the templateId")
    name = graphene.String(required=True)
    steps = graphene.List(graphene.NonNull(JobStep), required=True)
    input_schema = JSONObject(required=True)
    output_schema = JSONObject(required=True)
    description = graphene.String()
    labels = JSONObject(required=True)
    output = JSON(description="the template of the workflow's output")
    fail_fast = graphene.Boolean(required=True)
    timeout = graphene.String()
    priority = graphene.Float(required=True)
    document = JSONObject(required=True, description="the whole document, as it was written")
    status = TemplateStatus(required=True)
    etag = graphene.String(required=True, description="for ifMatch")
    versions = graphene.Field(
        lambda: JobTemplatePage,
        required=True,
        description="including drafts, most recently created first",
        **page_arguments(10),
    )

    @staticmethod
    def resolve_id(root: VersionNode, _info: GraphQLResolveInfo) -> str:
        return root.version.template_id

    @staticmethod
    def resolve_name(root: VersionNode, _info: GraphQLResolveInfo) -> str:
        name: str = root.name or root.document.get("name", root.version.template_id)
        return name

    @staticmethod
    def resolve_labels(root: VersionNode, _info: GraphQLResolveInfo) -> Any:
        return root.document.get("labels", {})

    @staticmethod
    def resolve_fail_fast(root: VersionNode, _info: GraphQLResolveInfo) -> Any:
        return root.document.get("failFast", False)

    @staticmethod
    def resolve_priority(root: VersionNode, _info: GraphQLResolveInfo) -> Any:
        return root.document.get("priority", 0)

    @staticmethod
    def resolve_document(root: VersionNode, _info: GraphQLResolveInfo) -> Any:
        return root.document

    @staticmethod
    def resolve_status(root: VersionNode, _info: GraphQLResolveInfo) -> str:
        return str(root.version.status)

    @staticmethod
    def resolve_etag(root: VersionNode, _info: GraphQLResolveInfo) -> str:
        return etag(root.version)

    @staticmethod
    def resolve_versions(root: VersionNode, _info: GraphQLResolveInfo, first: int, after: str | None = None) -> Any:
        check_page_size(first)
        try:
            return root.history(first, after)
        except cursors.CursorInvalid as error:
            raise invalid("/after", str(error)) from error


class JobTemplatePage(graphene.ObjectType):
    nodes = graphene.List(graphene.NonNull(JobTemplateType), required=True)
    page_info = graphene.Field(PageInfo, required=True)


class StoredTemplate(graphene.ObjectType):
    """A version as it is now stored, with what its author should know about the change."""

    template = graphene.Field(JobTemplateType, required=True)
    warnings = graphene.List(graphene.NonNull(graphene.String), required=True)
