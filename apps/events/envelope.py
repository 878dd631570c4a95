"""Envelopes of events: type, topic, key and data (contract §7).

They hold ids, states and times, never inputs, outputs or secrets. The catalogue says what each type means.
"""

from typing import Any, NamedTuple

from apps.events import topics

TYPE_PREFIX = "baseshift."


class Envelope(NamedTuple):
    """An event without its id and its time."""

    # With the prefix ``baseshift.``.
    type: str
    topic: str
    # Events of one key stay in order.
    key: str
    # What the event is about.
    subject: str
    # Ids and states, never inputs, outputs or secrets.
    data: dict[str, Any]


def of_workflow(kind: str, *, workflow_id: str, template_id: str, version: str, state: str) -> Envelope:
    """Address ``baseshift.workflow.<kind>``, such as ``created``; in order with all others of its workflow."""
    data = {"workflowId": workflow_id, "templateId": template_id, "version": version, "state": state}
    return Envelope(f"{TYPE_PREFIX}workflow.{kind}", topics.WORKFLOWS, workflow_id, workflow_id, data)


def of_job(
    kind: str, *, workflow_id: str, template_id: str, version: str, job_id: str, attempt: int | None, state: str
) -> Envelope:
    """Address ``baseshift.job.<kind>``, such as ``queued``; in order with all others of its workflow."""
    data: dict[str, Any] = {"workflowId": workflow_id, "templateId": template_id, "version": version, "state": state}
    data["jobId"] = job_id
    if attempt is not None:
        data["attempt"] = attempt
    return Envelope(f"{TYPE_PREFIX}job.{kind}", topics.JOBS, workflow_id, f"{workflow_id}/{job_id}", data)


def of_template(kind: str, *, template_id: str, version: str) -> Envelope:
    """Address ``baseshift.template.<kind>``, such as ``published``; in order with all others of its template."""
    data = {"templateId": template_id, "version": version, "state": kind}
    return Envelope(f"{TYPE_PREFIX}template.{kind}", topics.TEMPLATES, template_id, template_id, data)


def of_pod(kind: str, *, pool: str, pod: str, state: str, reason: str) -> Envelope:
    """Address ``baseshift.pod.<kind>``, such as ``ready``; in order with all others of its pool."""
    data = {"pool": pool, "pod": pod, "state": state, "reason": reason}
    return Envelope(f"{TYPE_PREFIX}pod.{kind}", topics.PODS, pool, pod, data)


def of_dead_letter(*, origin: str, reference: str, topic: str, key: str, reason: str) -> Envelope:
    """Address ``baseshift.deadletter.created``. The letter's content is in SQL alone: it may be what cannot be sent."""
    data = {"origin": origin, "reference": reference, "topic": topic, "key": key, "reason": reason}
    return Envelope(f"{TYPE_PREFIX}deadletter.created", topics.DEAD_LETTER, key, reference, data)
