"""Rendering of workflows (contract §4): plain functions from rows to dictionaries."""

from collections.abc import Mapping
from typing import Any

from apps.workflows.services.read import DETAIL_FIELDS, Row, WorkflowDetail
from apps.workflows.services.snapshots import pending_jobs
from apps.workflows.services.start import Started

_CREATOR = "created_by__username"


def list_item(row: Row) -> dict[str, Any]:
    """Without ``jobs``, ``input`` and ``output``, which no list holds."""
    total = row["jobs_total"]
    return {
        "workflowId": row["id"],
        "templateId": row["template_id"],
        "version": row["version"],
        "state": row["state"],
        "currentJob": row["current_job"] or None,
        "priority": float(row["priority"]),
        "labels": row["labels"],
        "progress": row["jobs_ended"] / total if total else 0.0,
        "createdAt": row["created_at"],
        "createdBy": row[_CREATOR],
        "startedAt": row["started_at"],
        "finishedAt": row["finished_at"],
        "error": _error(row["error"]),
    }


def detail(found: WorkflowDetail) -> dict[str, Any]:
    row = found.workflow
    return {**list_item(row), "jobs": [job(one) for one in found.jobs], "input": row["input"], "output": row["output"]}


def started(new: Started, username: str) -> dict[str, Any]:
    """Return the detail of a workflow just created, without reading it."""
    workflow = new.workflow
    row = {name: getattr(workflow, name) for name in DETAIL_FIELDS if name != _CREATOR} | {_CREATOR: username}
    return detail(WorkflowDetail(row, pending_jobs(new.document)))


def job(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "jobId": row["job_id"],
        "name": row["name"],
        "type": row["type"],
        "status": row["status"],
        "reason": row["reason"] or None,
        "attempt": row["attempt"],
        "startedAt": row["started_at"],
        "finishedAt": row["finished_at"],
        "error": _error(row["error"]),
    }


def _error(error: dict[str, Any] | None) -> dict[str, Any] | None:
    """``details`` is always there, if only as an empty list."""
    return None if error is None else {"details": [], **error}
