"""Mutations of templates: each calls the service that REST calls. Pointers of problems lead into its arguments."""

from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from apps.core.graphql.context import caller
from apps.core.graphql.entity_tags import if_match, tags
from apps.core.graphql.errors import pointing_into
from apps.core.graphql.scalars import JSONObject
from apps.templates.graphql.nodes import whole
from apps.templates.graphql.types import StoredTemplate, UpdateType
from apps.templates.services import lifecycle
from apps.templates.services.create import StoredVersion, create_version
from apps.templates.services.update import replace_draft, update_template

_ID = graphene.ID(required=True, description="the templateId")
_VERSION = graphene.String(required=True, description="exact")
_DOCUMENT = "document"


class TemplateMutations(graphene.ObjectType):
    create_template = graphene.Field(
        StoredTemplate,
        description="Creates a template, or a new version of one; published unless it is a draft.",
        document=JSONObject(required=True),
        draft=graphene.Boolean(default_value=False),
    )
    update_template = graphene.Field(
        StoredTemplate,
        description="Publishes a changed document, which must not name a version, as the next version.",
        id=_ID,
        document=JSONObject(required=True),
        update_type=UpdateType(default_value="patch"),
        if_match=if_match(),
    )
    replace_template_draft = graphene.Field(
        StoredTemplate,
        description="Replaces the document of a draft.",
        id=_ID,
        version=_VERSION,
        document=JSONObject(required=True),
        if_match=if_match(),
    )
    delete_template_draft = graphene.ID(
        description="Deletes a draft and returns its template's id.", id=_ID, version=_VERSION, if_match=if_match()
    )
    publish_template = graphene.Field(
        StoredTemplate, description="Publishes a draft.", id=_ID, version=_VERSION, if_match=if_match()
    )
    deprecate_template = graphene.Field(
        StoredTemplate,
        description="Deprecates a published version.",
        id=_ID,
        version=_VERSION,
        if_match=if_match(),
    )
    delete_template = graphene.ID(
        description="Hides a template that has no running workflows and returns its id.", id=_ID, if_match=if_match()
    )

    @staticmethod
    def resolve_create_template(
        _root: None, info: GraphQLResolveInfo, *, document: dict[str, Any], draft: bool | None
    ) -> dict[str, Any]:
        with pointing_into(_DOCUMENT):
            return _stored(create_version(caller(info), document=document, draft=bool(draft)))

    @staticmethod
    def resolve_update_template(
        _root: None,
        info: GraphQLResolveInfo,
        *,
        id: str,
        document: dict[str, Any],
        update_type: Any,
        if_match: str | None = None,
    ) -> dict[str, Any]:
        with pointing_into(_DOCUMENT):
            stored = update_template(
                caller(info),
                template_id=id,
                document=document,
                update_type=getattr(update_type, "value", "patch"),
                if_match=tags(if_match),
            )
        return _stored(stored)

    @staticmethod
    def resolve_replace_template_draft(
        _root: None,
        info: GraphQLResolveInfo,
        *,
        id: str,
        version: str,
        document: dict[str, Any],
        if_match: str | None = None,
    ) -> dict[str, Any]:
        with pointing_into(_DOCUMENT):
            stored = replace_draft(
                caller(info), template_id=id, version=version, document=document, if_match=tags(if_match)
            )
        return _stored(stored)

    @staticmethod
    def resolve_delete_template_draft(
        _root: None, info: GraphQLResolveInfo, *, id: str, version: str, if_match: str | None = None
    ) -> str:
        lifecycle.delete_draft(caller(info), template_id=id, version=version, if_match=tags(if_match))
        return id

    @staticmethod
    def resolve_publish_template(
        _root: None, info: GraphQLResolveInfo, *, id: str, version: str, if_match: str | None = None
    ) -> dict[str, Any]:
        return _stored(lifecycle.publish(caller(info), template_id=id, version=version, if_match=tags(if_match)))

    @staticmethod
    def resolve_deprecate_template(
        _root: None, info: GraphQLResolveInfo, *, id: str, version: str, if_match: str | None = None
    ) -> dict[str, Any]:
        deprecated = lifecycle.deprecate(caller(info), template_id=id, version=version, if_match=tags(if_match))
        return _stored(StoredVersion(deprecated))

    @staticmethod
    def resolve_delete_template(_root: None, info: GraphQLResolveInfo, *, id: str, if_match: str | None = None) -> str:
        lifecycle.delete(caller(info), template_id=id, if_match=tags(if_match))
        return id


def _stored(stored: StoredVersion) -> dict[str, Any]:
    return {"template": whole(stored.version), "warnings": stored.warnings}
