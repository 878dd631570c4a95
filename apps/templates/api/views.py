"""``/api/v1/templates``: parse, call a service, render."""

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from apps.core.api.authentication import caller
from apps.core.api.entity_tags import IF_MATCH, conditional_response, if_match
from apps.core.api.pagination import OPENAPI_PARAMETERS, PAGE_PARAMETERS, paginate
from apps.core.api.problems import error_item
from apps.core.api.queries import Query
from apps.core.api.views import BaseView
from apps.templates.api import bodies
from apps.templates.api.parsers import DOCUMENT_PARSERS, located, refusals_located
from apps.templates.api.rendering import list_item, served, served_with_warnings
from apps.templates.api.schemas import CHANGED, PAGE, SERVED, UPDATE, VALIDITY, WRITTEN
from apps.templates.services import lifecycle, read
from apps.templates.services.create import create_version, problems
from apps.templates.services.update import update_template

FILTERS = ("name", "label", "type", "search")
_DRAFT = [OpenApiParameter("draft", bool, description="store it unpublished")]
_FILTERS = [
    OpenApiParameter("name", str, description="equals the template's name"),
    OpenApiParameter("label", str, many=True, description="k:v; given more than once, all must hold"),
    OpenApiParameter("type", str, description="has a step of that type"),
    OpenApiParameter("search", str, description="part of names, description, labels or step names"),
]


class TemplatesView(BaseView):
    query_methods = ("get", "post")

    """All templates."""

    parser_classes = DOCUMENT_PARSERS

    @extend_schema(operation_id="listTemplates", parameters=[*_FILTERS, *OPENAPI_PARAMETERS], responses={200: PAGE})
    def get(self, request: Request) -> Response:
        """The newest published version of each template, by templateId."""
        query = Query(request.query_params, known=[*FILTERS, *PAGE_PARAMETERS], repeatable=["label"])
        templates = read.published_templates(
            caller(request),
            name=query.text("name"),
            labels=query.pairs("label"),
            step_type=query.text("type"),
            search=query.text("search"),
        )
        page = paginate(request, query, templates.values("template_id", "newest"), ["template_id"])
        found = read.documents_of([row["newest"] for row in page.rows])
        return Response(page.answer([list_item(found[row["newest"]]) for row in page.rows if row["newest"] in found]))

    @extend_schema(
        operation_id="createTemplate",
        parameters=_DRAFT,
        request=WRITTEN,
        responses={201: CHANGED},
    )
    def post(self, request: Request) -> Response:
        """Create a template, or a new version of one."""
        draft = Query(request.query_params, known=["draft"]).flag("draft")
        with refusals_located(request):
            stored = create_version(caller(request), document=request.data, draft=draft)
        names = [stored.version.template_id, stored.version.version]
        headers = {
            "Location": reverse("template-version", args=names, request=request),
            "ETag": read.etag(stored.version),
        }
        return Response(served_with_warnings(stored), status=status.HTTP_201_CREATED, headers=headers)


class TemplateView(BaseView):
    @extend_schema(operation_id="getTemplate", responses={200: SERVED})
    def get(self, request: Request, template_id: str) -> Response:
        """The newest published version of a template."""
        version = read.get_version(caller(request), template_id=template_id)
        return conditional_response(request, read.etag(version), served(version))

    @extend_schema(
        operation_id="updateTemplate",
        parameters=IF_MATCH,
        request={"application/json": UPDATE},
        responses={200: CHANGED},
    )
    def put(self, request: Request, template_id: str) -> Response:
        """Publish a changed document as the next version after the newest published one."""
        document, update_type = bodies.update(request.data)
        stored = update_template(
            caller(request),
            template_id=template_id,
            document=document,
            update_type=update_type,
            if_match=if_match(request),
        )
        return conditional_response(request, read.etag(stored.version), served_with_warnings(stored))

    @extend_schema(operation_id="deleteTemplate", parameters=IF_MATCH, responses={204: None})
    def delete(self, request: Request, template_id: str) -> Response:
        """Hide a template that has no running workflows."""
        lifecycle.delete(caller(request), template_id=template_id, if_match=if_match(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema_view(
    get=extend_schema(exclude=True), put=extend_schema(exclude=True), delete=extend_schema(exclude=True)
)
class ValidateView(TemplateView):
    """A template may be called ``validate``, too: it is read, changed and deleted at this address."""

    parser_classes = DOCUMENT_PARSERS

    @extend_schema(operation_id="validateTemplate", request=WRITTEN, responses={200: VALIDITY})
    def post(self, request: Request, template_id: str) -> Response:
        """Report every error in a document. Nothing is stored."""
        found = located(request, problems(caller(request), request.data))
        return Response({"valid": not found, "errors": [error_item(problem) for problem in found]})
