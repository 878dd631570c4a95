"""The query parameters of these calls."""

from django.http import QueryDict

from apps.core.api.pagination import PAGE_PARAMETERS
from apps.core.api.queries import Query
from apps.workflows.engine.states import WorkflowState
from apps.workflows.services.read import WorkflowFilters

MAX_WAIT_SECONDS = 60
FILTERS = ("state", "templateId", "version", "label", "createdAfter", "createdBefore", "search")


def workflow_list(params: QueryDict) -> tuple[Query, WorkflowFilters]:
    """Return the query of ``GET /workflows`` and its filters; ``label`` may be repeated, and all must match."""
    query = Query(params, known=(*FILTERS, *PAGE_PARAMETERS), repeatable=("label",))
    filters = WorkflowFilters(
        state=query.choice("state", [state.value for state in WorkflowState]),
        template_id=query.text("templateId"),
        version=query.text("version"),
        labels=query.pairs("label"),
        created_after=query.moment("createdAfter"),
        created_before=query.moment("createdBefore"),
        search=query.text("search"),
    )
    return query, filters


def wait_seconds(params: QueryDict) -> float:
    """Return the seconds of ``?wait=`` of a detail; 0 without it."""
    return Query(params, known=("wait",)).number("wait", minimum=0, maximum=MAX_WAIT_SECONDS) or 0
