"""Parts of many workflows in a constant number of statements. Nothing here asks the policy: who calls has the ids from
a list that did.
"""

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet, Sum, TextField
from django.db.models.functions import Cast, Length

from apps.core.errors import TooLarge
from apps.workflows.models import Job, Workflow
from apps.workflows.services.read import JOB_FIELDS, Row
from apps.workflows.services.snapshots import pending_jobs

CONTENTS = ("id", "input", "output")
MAX_JOBS = 20_000
# Of inputs and outputs as texts, in characters.
MAX_CONTENTS_LENGTH = 32 * 1024 * 1024


def jobs(workflow_ids: Collection[UUID]) -> dict[UUID, list[Row]]:
    """Return the jobs of each workflow, of the fields ``read.JOB_FIELDS``, in the template's order. TooLarge beyond MAX_JOBS."""
    found: dict[UUID, list[Row]] = {}
    rows = (
        Job.objects.filter(workflow_id__in=workflow_ids)
        .order_by("workflow_id", "index")
        .values("workflow_id", *JOB_FIELDS)
    )
    for row in rows[: MAX_JOBS + 1]:
        found.setdefault(row["workflow_id"], []).append(row)
    count = sum(map(len, found.values()))
    # The leader makes the rows: until then the document says which jobs there will be.
    without = [pk for pk in workflow_ids if pk not in found]
    for pk, document in Workflow.objects.filter(pk__in=without).values_list("pk", "document__body").iterator():
        found[pk] = list(pending_jobs(document))
        count += len(found[pk])
        _bound(count)
    _bound(count)
    return found


def contents(workflow_ids: Collection[UUID]) -> dict[UUID, Row]:
    """Input and output of each workflow. TooLarge beyond MAX_CONTENTS_LENGTH."""
    workflows = Workflow.objects.filter(pk__in=workflow_ids)
    if sum(workflows.aggregate(input_size=_size("input"), output_size=_size("output")).values()) > MAX_CONTENTS_LENGTH:
        raise TooLarge("Inputs and outputs are too large to be read at once: ask for fewer workflows.")
    rows: QuerySet[Workflow, Row] = workflows.values(*CONTENTS)
    return {row["id"]: row for row in rows}


def _size(column: str) -> Sum:
    return Sum(Length(Cast(column, TextField())), default=0)


def _bound(count: int) -> None:
    if count > MAX_JOBS:
        raise TooLarge(f"These are more than {MAX_JOBS} jobs at once: ask for fewer workflows.")
