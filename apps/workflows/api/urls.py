"""Under ``/api/v1/``, and at the root."""

from django.urls import path

from apps.workflows.api import views

urlpatterns = [
    path("workflows", views.WorkflowsView.as_view(), name="workflows"),
    path("workflows/batch", views.BatchView.as_view(), name="workflow-batch"),
    path("workflows/<uuid:workflow_id>", views.WorkflowView.as_view(), name="workflow"),
    path("workflows/<uuid:workflow_id>/jobs/<str:job_id>", views.JobView.as_view(), name="workflow-job"),
    path("workflows/<uuid:workflow_id>/cancel", views.CancelView.as_view(), name="workflow-cancel"),
    path("workflows/<uuid:workflow_id>/events", views.EventsView.as_view(), name="workflow-events"),
]
