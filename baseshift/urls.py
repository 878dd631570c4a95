"""The URLs of the site: the API under ``/api/v1/``, workflows at the root too, the admin, and the probes."""

from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import RedirectView

from baseshift import health, schema

handler400 = "apps.core.api.error_views.bad_request"
handler403 = "apps.core.api.error_views.forbidden"
handler404 = "apps.core.api.error_views.not_found"
handler500 = "apps.core.api.error_views.server_error"


@csrf_exempt
def graphql(request: HttpRequest) -> HttpResponseBase:
    """Load the view on the first request: commands read these URLs, too, and have no use for it.

    Its sessions are held to CSRF by REST framework, as everywhere in the interface.
    """
    from baseshift.graphql import view

    return view(request)


urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("api/schema", schema.SchemaView.as_view(), name="schema"),
    path("api/docs", schema.DocsView.as_view(url_name="schema"), name="docs"),
    path("graphql", graphql, name="graphql"),
    path("", include(schema)),
    path("", include("apps.workflows.api.urls")),
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
]
