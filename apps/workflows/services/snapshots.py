"""Documents as workflows were started with them."""

from collections.abc import Iterable, Mapping
from typing import Any

from apps.workflows.models import DocumentSnapshot


def store_snapshots(documents: Mapping[str, Mapping[str, Any]]) -> None:
    """Keep each document, named by its hash, unless it is kept already: two statements at most."""
    known = DocumentSnapshot.objects.filter(pk__in=list(documents), unused_since=None).values_list("pk", flat=True)
    missing = sorted(documents.keys() - set(known))
    # Another start of the same document may be faster by a moment; equal hashes are equal documents. What is about to
    # be pruned loses its mark.
    DocumentSnapshot.objects.bulk_create(
        [DocumentSnapshot(sha256=sha256, body=documents[sha256]) for sha256 in missing],
        update_conflicts=True,
        unique_fields=["sha256"],
        update_fields=["unused_since"],
    )


def job_ids(document: Mapping[str, Any]) -> list[str]:
    """Return the jobs that a workflow of this document has, in the template's order."""
    return [step["name"] for step in document["steps"]]


def pending_jobs(document: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """Return its jobs before the leader has made their rows."""
    for step in document["steps"]:
        yield {
            "job_id": step["name"],
            "name": step["name"],
            "type": step["type"],
            "status": "PENDING",
            "reason": "",
            "attempt": 0,
            "started_at": None,
            "finished_at": None,
            "error": None,
        }
