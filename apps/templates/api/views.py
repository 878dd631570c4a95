"""``/api/v1/templates``: parse, call a service, render."""

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from apps.core.api.callers import caller
from apps.core.api.pagination import DESCRIBED, PARAMETERS, paginate
from apps.core.api.problems import entry
from apps.core.api.queries import Query
from apps.templates import documents, services
from apps.templates.api.rendering import list_item, served
from apps.templates.api.schemas import DOCUMENT, PAGE, SERVED, VALIDITY
from apps.templates.models import TemplateVersion
from apps.templates.step_types import registry

_DRAFT = [OpenApiParameter("draft", bool, description="store it unpublished")]


class TemplatesView(APIView):
    """All templates."""

    @extend_schema(operation_id="listTemplates", parameters=DESCRIBED, responses={200: PAGE})
    def get(self, request: Request) -> Response:
        """The newest published version of each template, by templateId."""
        query = Query(request.query_params, known=PARAMETERS)
        templates = services.published_templates(caller(request)).values("pk", "template_id")
        page = paginate(request, query, templates, ["template_id"])
        newest = services.newest_published(row["pk"] for row in page.rows)
        return Response(page.answer([list_item(newest[row["pk"]]) for row in page.rows if row["pk"] in newest]))

    @extend_schema(
        operation_id="createTemplate",
        parameters=_DRAFT,
        request={"application/json": DOCUMENT},
        responses={201: SERVED},
    )
    def post(self, request: Request) -> Response:
        """A new template, or a further version of one."""
        draft = Query(request.query_params, known=["draft"]).flag("draft")
        version = services.create_version(caller(request), document=request.data, draft=draft)
        names = [version.template.template_id, version.version]
        headers = {"Location": reverse("template-version", args=names, request=request)}
        return Response(served(version), status=status.HTTP_201_CREATED, headers=headers)


class TemplateView(APIView):
    @extend_schema(operation_id="getTemplate", responses={200: SERVED})
    def get(self, request: Request, template_id: str) -> Response:
        """The newest published version of a template."""
        Query(request.query_params, known=[])
        return Response(served(services.get_version(caller(request), template_id=template_id)))


@extend_schema_view(get=extend_schema(exclude=True))
class ValidateView(TemplateView):
    """A template may be called ``validate``, too: GET reads it."""

    @extend_schema(operation_id="validateTemplate", request={"application/json": DOCUMENT}, responses={200: VALIDITY})
    def post(self, request: Request, template_id: str) -> Response:
        """Everything that is wrong with a document. Nothing is stored."""
        Query(request.query_params, known=[])
        problems = documents.validate(request.data, registry)
        return Response({"valid": not problems, "errors": [entry(problem) for problem in problems]})


class VersionsView(APIView):
    @extend_schema(operation_id="listTemplateVersions", parameters=DESCRIBED, responses={200: PAGE})
    def get(self, request: Request, template_id: str) -> Response:
        """All versions of a template, drafts too, the one made last first."""
        query = Query(request.query_params, known=PARAMETERS)
        versions = services.versions_of(caller(request), template_id=template_id)
        page = paginate(request, query, versions.values(), ["-created_at", "-id"])
        return Response(page.answer([list_item(TemplateVersion(**row)) for row in page.rows]))


class VersionView(APIView):
    @extend_schema(operation_id="getTemplateVersion", responses={200: SERVED})
    def get(self, request: Request, template_id: str, version: str) -> Response:
        """One version by its number, or the newest published one in a range."""
        Query(request.query_params, known=[])
        return Response(served(services.get_version(caller(request), template_id=template_id, version=version)))
