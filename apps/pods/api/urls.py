"""Routes under ``/api/v1/``."""

from django.urls import path

from apps.pods.api import pods, pools

POOL = "pod-pools/<str:name>"

urlpatterns = [
    path("pods", pods.PodsView.as_view(), name="pods"),
    path("pods/<str:name>", pods.PodDetailView.as_view(), name="pod"),
    path("pods/<str:name>/logs", pods.LogsView.as_view(), name="pod-logs"),
    path("pods/<str:name>/drain", pods.DrainView.as_view(), name="pod-drain"),
    path("pod-pools", pools.PoolsView.as_view(), name="pod-pools"),
    path(POOL, pools.PoolView.as_view(), name="pod-pool"),
    path(f"{POOL}/scale", pools.ScaleView.as_view(), name="pod-pool-scale"),
    path(f"{POOL}/cordon", pools.CordonView.as_view(), name="pod-pool-cordon"),
    path(f"{POOL}/uncordon", pools.UncordonView.as_view(), name="pod-pool-uncordon"),
]
