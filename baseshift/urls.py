"""The site: the interface under ``/api/v1/``, workflows at the root too, the admin, and the probes."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from apps.core.graphql.view import GraphQLView
from baseshift import graphql, health, schema

handler400 = "apps.core.api.handlers.bad_request"
handler403 = "apps.core.api.handlers.forbidden"
handler404 = "apps.core.api.handlers.not_found"
handler500 = "apps.core.api.handlers.server_error"

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("api/schema", schema.SchemaView.as_view(), name="schema"),
    path("api/docs", schema.DocsView.as_view(url_name="schema"), name="docs"),
    path("graphql", GraphQLView.as_view(graphql_schema=graphql.schema.graphql_schema), name="graphql"),
    path("", include(schema)),
    path("", include("apps.workflows.api.urls")),
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
]
