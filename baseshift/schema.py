"""The OpenAPI document, and a page to read it and try it out."""

from typing import Any

from django.urls import include, path
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.renderers import OpenApiJsonRenderer2, OpenApiYamlRenderer
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.negotiation import DefaultContentNegotiation

from apps.core.api.problems import CONTENT_TYPE

# What the document describes; that workflows answer at the root, too, it need not say twice.
urlpatterns = [
    path("api/v1/", include("apps.templates.api.urls")),
    path("api/v1/", include("apps.workflows.api.urls")),
    path("api/v1/", include("apps.workflows.api.trigger_urls")),
    path("api/v1/", include("apps.pods.api.urls")),
]


_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "message"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON Pointer (RFC 6901); of a parameter, its name"},
                    "message": {"type": "string"},
                    "line": {"type": "integer"},
                    "column": {"type": "integer"},
                },
            },
        },
    },
}


def add_problems(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """Add the response with a problem to every operation: a step of making the document."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = _PROBLEM
    reference = {"schema": {"$ref": "#/components/schemas/Problem"}}
    for calls in result["paths"].values():
        for call in calls.values():
            call["responses"]["default"] = {"description": "A problem", "content": {CONTENT_TYPE: reference}}
    return result


class SchemaView(SpectacularAPIView):
    """The document as JSON, or as YAML for clients that ask for it."""

    patterns = urlpatterns
    renderer_classes = [OpenApiJsonRenderer2, OpenApiYamlRenderer]
    content_negotiation_class = DefaultContentNegotiation


class DocsView(SpectacularSwaggerView):
    content_negotiation_class = DefaultContentNegotiation


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The security scheme of our tokens. It registers itself by being defined."""

    target_class = "apps.core.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
