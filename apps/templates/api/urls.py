"""Under ``/api/v1/``."""

from django.urls import path

from apps.templates.api import views

urlpatterns = [
    path("templates", views.TemplatesView.as_view(), name="templates"),
    path("templates/validate", views.ValidateView.as_view(), {"template_id": "validate"}, name="template-validate"),
    path("templates/<str:template_id>", views.TemplateView.as_view(), name="template"),
    path("templates/<str:template_id>/versions", views.VersionsView.as_view(), name="template-versions"),
    path("templates/<str:template_id>/versions/<str:version>", views.VersionView.as_view(), name="template-version"),
]
