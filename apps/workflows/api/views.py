"""``/workflows``: parse, call a service, render."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.authentication import caller
from apps.core.api.bodies import refuse_body
from apps.core.api.pagination import OPENAPI_PARAMETERS, PAGE_PARAMETERS, paginate
from apps.core.api.queries import Query
from apps.core.api.views import BaseView
from apps.events.outbox import cloudevent
from apps.workflows.api import queries, schemas
from apps.workflows.engine.states import WORKFLOW_ENDED
from apps.workflows.services import read, waiting
from apps.workflows.services.cancel import cancel
from apps.workflows.services.commands import CommandSubmission
from apps.workflows.services.report import report
from apps.workflows.services.start import start, start_batch
from apps.workflows.wire import parsing, rendering
from apps.workflows.wire import schemas as bodies


class WorkflowsView(BaseView):
    query_methods = ("get",)

    @extend_schema(operation_id="listWorkflows", parameters=schemas.LIST_PARAMETERS, responses={200: schemas.PAGE})
    def get(self, request: Request) -> Response:
        """Workflows, newest first, without jobs, input and output."""
        query, filters = queries.workflow_list(request.query_params)
        page = paginate(request, query, read.list_workflows(caller(request), filters), read.NEWEST_FIRST)
        return Response(page.answer([rendering.list_item(row) for row in read.with_live_states(page.rows)]))

    @extend_schema(
        operation_id="startWorkflow",
        parameters=schemas.IDEMPOTENCY_KEY,
        request={"application/json": bodies.START},
        responses={201: schemas.WORKFLOW, 200: schemas.WORKFLOW},
    )
    def post(self, request: Request) -> Response:
        """Start a workflow. With an Idempotency-Key that was used before, return the workflow it started."""
        user, start_request = caller(request), parsing.start_request(request.data)
        key = parsing.idempotency_key(request.headers.get("Idempotency-Key"))
        new = start(user, start_request, idempotency_key=key)
        if not new.created:
            return Response(rendering.detail(read.detail(user, workflow_id=new.workflow.pk)))
        location = f"{request.path}/{new.workflow.pk}"
        body = rendering.started(new, user.get_username())
        return Response(body, status=status.HTTP_201_CREATED, headers={"Location": location})


class BatchView(BaseView):
    @extend_schema(
        operation_id="startWorkflows",
        request={"application/json": bodies.BATCH},
        responses={201: schemas.STARTED_BATCH},
    )
    def post(self, request: Request) -> Response:
        """Start up to 1,000 workflows with at most 20,000 jobs in total: all of them, or none."""
        user = caller(request)
        new = start_batch(user, requests=parsing.batch(request.data))
        items = [rendering.started(one, user.get_username()) for one in new]
        return Response({"workflows": items}, status=status.HTTP_201_CREATED)


class WorkflowView(BaseView):
    query_methods = ("get",)

    @extend_schema(operation_id="getWorkflow", parameters=schemas.WAIT, responses={200: schemas.WORKFLOW})
    def get(self, request: Request, workflow_id: UUID) -> Response:
        """A workflow with its jobs; with ``wait``, as soon as it has ended."""
        seconds = queries.wait_seconds(request.query_params)
        found = read.detail(caller(request), workflow_id=workflow_id)
        if seconds and found.workflow["state"] not in WORKFLOW_ENDED:
            waiting.until_ended(workflow_id, seconds)
            # Read again as the caller: the permission may have gone meanwhile.
            found = read.detail(caller(request), workflow_id=workflow_id)
        return Response(rendering.detail(found))


class JobView(BaseView):
    @extend_schema(
        operation_id="reportJob",
        request={"application/json": bodies.REPORT},
        responses={200: schemas.JOB, 202: schemas.JOB},
    )
    def put(self, request: Request, workflow_id: UUID, job_id: str) -> Response:
        """Report from an outside worker that a job is running, has completed or has failed."""
        said = parsing.report(request.data)
        outcome = report(
            caller(request),
            workflow_id=workflow_id,
            job_id=job_id,
            status=said.status,
            attempt=said.attempt,
            output=said.output,
            error=said.error,
        )
        row = read.job(workflow_id=workflow_id, job_id=job_id)
        return Response(rendering.job(row), status=_status(outcome))


class CancelView(BaseView):
    @extend_schema(operation_id="cancelWorkflow", request=None, responses={202: schemas.WORKFLOW})
    def post(self, request: Request, workflow_id: UUID) -> Response:
        """Cancel every job that has not ended."""
        refuse_body(request)
        cancel(caller(request), workflow_id=workflow_id)
        found = read.detail(caller(request), workflow_id=workflow_id)
        return Response(rendering.detail(found), status=status.HTTP_202_ACCEPTED)


class EventsView(BaseView):
    query_methods = ("get",)

    @extend_schema(operation_id="listWorkflowEvents", parameters=OPENAPI_PARAMETERS, responses={200: schemas.EVENTS})
    def get(self, request: Request, workflow_id: UUID) -> Response:
        """What happened to the workflow and its jobs, oldest first, as CloudEvents."""
        query = Query(request.query_params, known=PAGE_PARAMETERS)
        page = paginate(request, query, read.events(caller(request), workflow_id=workflow_id), ["id"])
        return Response(page.answer([cloudevent(row) for row in page.rows]))


def _status(outcome: CommandSubmission) -> int:
    return status.HTTP_200_OK if outcome.applied else status.HTTP_202_ACCEPTED
