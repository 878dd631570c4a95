"""``/api/v1/templates/{templateId}/versions``: each version by its number, and its lifecycle."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.authentication import caller
from apps.core.api.bodies import refuse_body
from apps.core.api.entity_tags import IF_MATCH, conditional_response, if_match
from apps.core.api.pagination import OPENAPI_PARAMETERS, PAGE_PARAMETERS, paginate
from apps.core.api.queries import Query
from apps.core.api.views import BaseView
from apps.templates.api.rendering import list_item, served, served_with_warnings
from apps.templates.api.schemas import CHANGED, DOCUMENT, PAGE, SERVED
from apps.templates.services import lifecycle, read
from apps.templates.services.update import replace_draft


class VersionsView(BaseView):
    query_methods = ("get",)

    @extend_schema(operation_id="listTemplateVersions", parameters=OPENAPI_PARAMETERS, responses={200: PAGE})
    def get(self, request: Request, template_id: str) -> Response:
        """All versions of a template, including drafts, most recently created first."""
        query = Query(request.query_params, known=PAGE_PARAMETERS)
        versions = read.versions_of(caller(request), template_id=template_id)
        page = paginate(request, query, versions.values("id", "created_at"), ["-created_at", "-id"])
        found = read.documents_of([row["id"] for row in page.rows])
        return Response(page.answer([list_item(found[row["id"]]) for row in page.rows if row["id"] in found]))


class VersionView(BaseView):
    @extend_schema(operation_id="getTemplateVersion", responses={200: SERVED})
    def get(self, request: Request, template_id: str, version: str) -> Response:
        """One version by its number, or the newest published one in a range."""
        found = read.get_version(caller(request), template_id=template_id, version=version)
        return conditional_response(request, read.etag(found), served(found))

    @extend_schema(
        operation_id="replaceTemplateDraft",
        parameters=IF_MATCH,
        request={"application/json": DOCUMENT},
        responses={200: CHANGED},
    )
    def put(self, request: Request, template_id: str, version: str) -> Response:
        """Replace the document of a draft."""
        stored = replace_draft(
            caller(request),
            template_id=template_id,
            version=version,
            document=request.data,
            if_match=if_match(request),
        )
        return conditional_response(request, read.etag(stored.version), served_with_warnings(stored))

    @extend_schema(operation_id="deleteTemplateDraft", parameters=IF_MATCH, responses={204: None})
    def delete(self, request: Request, template_id: str, version: str) -> Response:
        """Delete a draft."""
        match = if_match(request)
        lifecycle.delete_draft(caller(request), template_id=template_id, version=version, if_match=match)
        return Response(status=status.HTTP_204_NO_CONTENT)


class PublishView(BaseView):
    @extend_schema(operation_id="publishTemplateVersion", parameters=IF_MATCH, request=None, responses={200: CHANGED})
    def post(self, request: Request, template_id: str, version: str) -> Response:
        """Publish a draft."""
        refuse_body(request)
        match = if_match(request)
        stored = lifecycle.publish(caller(request), template_id=template_id, version=version, if_match=match)
        return conditional_response(request, read.etag(stored.version), served_with_warnings(stored))


class DeprecateView(BaseView):
    @extend_schema(operation_id="deprecateTemplateVersion", parameters=IF_MATCH, request=None, responses={200: SERVED})
    def post(self, request: Request, template_id: str, version: str) -> Response:
        """Deprecate a published version."""
        refuse_body(request)
        match = if_match(request)
        found = lifecycle.deprecate(caller(request), template_id=template_id, version=version, if_match=match)
        return conditional_response(request, read.etag(found), served(found))
