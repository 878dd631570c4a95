"""Nodes that resolvers of workflows pass on: a workflow, and with it all others of its list.

The first of them that is asked for its jobs, or for its input or output, reads those of the whole list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from apps.core.graphql.batch_loader import BatchLoader
from apps.workflows.services import bulk_read
from apps.workflows.services.read import Row
from apps.workflows.wire import rendering


class WorkflowBatch:
    """Workflows that are read together."""

    def __init__(self, ids: Sequence[UUID]) -> None:
        self._ids = ids
        self.jobs = BatchLoader(self._read_jobs)
        self.contents = BatchLoader(partial(bulk_read.contents, ids))

    def _read_jobs(self) -> dict[UUID, list[dict[str, Any]]]:
        return {pk: [rendering.job(row) for row in rows] for pk, rows in bulk_read.jobs(self._ids).items()}


@dataclass(frozen=True, slots=True)
class WorkflowNode:
    """A workflow as REST's lists write it, and what they leave out."""

    written: Mapping[str, Any]
    together: WorkflowBatch

    @property
    def id(self) -> UUID:
        pk: UUID = self.written["workflowId"]
        return pk


def workflow_nodes(rows: Sequence[Row]) -> list[WorkflowNode]:
    """Return nodes of rows of the fields ``read.LIST_FIELDS``, with the states of Redis."""
    together = WorkflowBatch([row["id"] for row in rows])
    return [WorkflowNode(rendering.list_item(row), together) for row in rows]
