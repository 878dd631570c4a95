"""Routes under ``/api/v1/``."""

from django.urls import path

from apps.templates.api import diff, versions, views

ONE = "templates/<str:template_id>"
VERSION = f"{ONE}/versions/<str:version>"

urlpatterns = [
    path("templates", views.TemplatesView.as_view(), name="templates"),
    path("templates/validate", views.ValidateView.as_view(), {"template_id": "validate"}, name="template-validate"),
    path(ONE, views.TemplateView.as_view(), name="template"),
    path(f"{ONE}/diff", diff.DiffView.as_view(), name="template-diff"),
    path(f"{ONE}/versions", versions.VersionsView.as_view(), name="template-versions"),
    path(VERSION, versions.VersionView.as_view(), name="template-version"),
    path(f"{VERSION}/publish", versions.PublishView.as_view(), name="template-version-publish"),
    path(f"{VERSION}/deprecate", versions.DeprecateView.as_view(), name="template-version-deprecate"),
]
