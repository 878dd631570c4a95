"""Events as rows of the outbox, to be stored in the transaction of their fact, and as CloudEvents to be read.

They hold ids, states and times, never inputs, outputs or secrets (contract §7).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.core.times import rfc3339
from apps.events import topics
from apps.events.models import Event

SOURCE = "/baseshift"
SHOWN = ("event_id", "type", "subject", "time", "data")


def workflow_event(
    kind: str, *, workflow_id: UUID, template_id: str, version: str, state: str, time: datetime
) -> Event:
    """``baseshift.workflow.<kind>``, such as ``created``; in order with all others of its workflow."""
    return Event(
        type=f"baseshift.workflow.{kind}",
        topic=topics.WORKFLOWS,
        key=str(workflow_id),
        subject=str(workflow_id),
        time=time,
        data={"workflowId": str(workflow_id), "templateId": template_id, "version": version, "state": state},
    )


def pod_event(kind: str, *, pool: str, pod: str, state: str, reason: str, time: datetime) -> Event:
    """``baseshift.pod.<kind>``, such as ``ready``; in order with all others of its pool."""
    return Event(
        type=f"baseshift.pod.{kind}",
        topic=topics.PODS,
        key=pool,
        subject=pod,
        time=time,
        data={"pool": pool, "pod": pod, "state": state, "reason": reason},
    )


def cloudevent(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row, given as ``values(*SHOWN)``, in CloudEvents 1.0 JSON."""
    return {
        "specversion": "1.0",
        "id": str(row["event_id"]),
        "source": SOURCE,
        "type": row["type"],
        "subject": row["subject"],
        "time": rfc3339(row["time"]),
        "datacontenttype": "application/json",
        "data": row["data"],
    }


def dead_letter_event(*, origin: str, reference: str, topic: str, key: str, reason: str, time: datetime) -> Event:
    """Tells of a dead letter. What it holds is in SQL alone: it may be what could not be sent."""
    return Event(
        type="baseshift.deadletter.created",
        topic=topics.DEAD_LETTER,
        key=key,
        subject=reference,
        time=time,
        data={"origin": origin, "reference": reference, "topic": topic, "key": key, "reason": reason},
    )
