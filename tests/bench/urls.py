"""The site as shipped, and under ``bare/`` the same views without authentication and permissions.

Both are served by the same process, so that what they cost differs by nothing else.
"""

from django.urls import include, path
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.core.access.policy import System
from apps.workflows.api import views


class Nobody(System):
    """Whom the policy asks nothing: no statement is filtered, no permission granted."""

    def get_username(self) -> str:
        return ""


NOBODY = Nobody()


class Bare(APIView):
    """Takes authentication and permissions out of a view."""

    authentication_classes = ()
    permission_classes = ()

    def perform_authentication(self, request: Request) -> None:
        request.user = NOBODY  # type: ignore[assignment]


class BareWorkflows(Bare, views.WorkflowsView): ...


class BareWorkflow(Bare, views.WorkflowView): ...


urlpatterns = [
    path("bare/workflows", BareWorkflows.as_view()),
    path("bare/workflows/<uuid:workflow_id>", BareWorkflow.as_view()),
    path("", include("baseshift.urls")),
]
