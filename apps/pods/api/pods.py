"""``/api/v1/pods``: parse, call a service, render."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.authentication import caller
from apps.core.api.bodies import refuse_body
from apps.core.api.pagination import PAGE_PARAMETERS, paginate
from apps.core.api.queries import Query
from apps.core.api.views import BaseView
from apps.core.models import User
from apps.pods.api import schemas
from apps.pods.models import Pod
from apps.pods.planning.values import PodState
from apps.pods.services import pods
from apps.pods.services.logs import DEFAULT_LINES, MAX_LINES, logs
from apps.pods.wire import rendering


class PodsView(BaseView):
    query_methods = ("get",)

    @extend_schema(operation_id="listPods", parameters=schemas.FILTERS, responses={200: schemas.PODS})
    def get(self, request: Request) -> Response:
        """Pods, newest first; those that have ended are kept for a day."""
        query = Query(request.query_params, known=("pool", "state", *PAGE_PARAMETERS))
        wanted = {"pool__name": query.text("pool"), "state": query.choice("state", [state.value for state in PodState])}
        narrowed = {name: value for name, value in wanted.items() if value is not None}
        rows = pods.pods(caller(request)).filter(**narrowed).values(*rendering.LIST_FIELDS)
        page = paginate(request, query, rows, pods.NEWEST_FIRST)
        return Response(page.answer([rendering.pod(row) for row in page.rows]))


class PodDetailView(BaseView):
    @extend_schema(operation_id="getPod", responses={200: schemas.POD})
    def get(self, request: Request, name: str) -> Response:
        """A pod, and what it runs."""
        user = caller(request)
        return Response(_served(user, pods.pod(user, name=name)))


class LogsView(BaseView):
    query_methods = ("get",)

    @extend_schema(operation_id="getPodLogs", parameters=schemas.LINES, responses={200: schemas.LOGS})
    def get(self, request: Request, name: str) -> Response:
        """The last lines of the pod's log, oldest first."""
        lines = Query(request.query_params, known=("lines",)).whole("lines", minimum=1, maximum=MAX_LINES)
        return Response({"name": name, "text": logs(caller(request), name=name, lines=lines or DEFAULT_LINES)})


class DrainView(BaseView):
    @extend_schema(operation_id="drainPod", request=None, responses={202: schemas.POD})
    def post(self, request: Request, name: str) -> Response:
        """Make the pod stop taking jobs and end when it has none."""
        refuse_body(request)
        user = caller(request)
        return Response(_served(user, pods.drain(user, name=name)), status=status.HTTP_202_ACCEPTED)


def _served(user: User, pod: Pod) -> dict[str, Any]:
    return rendering.detail(pod, pods.jobs(user, [pod.name]).get(pod.name, ()))
