"""Under ``/api/v1/``."""

from django.urls import path

from apps.workflows.api import triggers

urlpatterns = [
    path("triggers", triggers.TriggersView.as_view(), name="triggers"),
    path("triggers/<str:name>", triggers.TriggerView.as_view(), name="trigger"),
]
