"""The catalogue of all events: the meaning, topic and schema of each type.

``docs/reference/events.md`` is written from here (``make events``), and tests hold the code to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from apps.events import topics
from apps.events.envelope import TYPE_PREFIX

_UUID = {"type": "string", "format": "uuid"}
_WORKFLOW_ID = "0199a1c4-7d4e-7c1a-9a53-0d6f2b8e4c11"
_WORKFLOW = {"workflowId": _WORKFLOW_ID, "templateId": "payment_gateway_template", "version": "1.2.0"}
_JOB_ID = "process_payment"


@dataclass(frozen=True, slots=True)
class EventType:
    """A type of event."""

    # Without the prefix that all types share.
    name: str
    # When it is sent, for people.
    meaning: str
    # Where it is published.
    topic: str
    # What the message's key is, for people.
    key: str
    # What the attribute ``subject`` is, for people.
    subject: str
    # The JSON Schema of the data.
    data: Mapping[str, Any]
    # Data that conform to it.
    example: Mapping[str, Any]

    @property
    def type(self) -> str:
        return TYPE_PREFIX + self.name


def _schema(required: Mapping[str, Any], **optional: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
        "additionalProperties": False,
    }


def _workflow(kind: str, state: str, meaning: str) -> EventType:
    text = {"type": "string"}
    return EventType(
        name=f"workflow.{kind}",
        meaning=meaning,
        topic=topics.WORKFLOWS,
        key="the workflow's id",
        subject="`workflowId`",
        data=_schema({"workflowId": _UUID, "templateId": text, "version": text, "state": {"const": state}}),
        example={**_WORKFLOW, "state": state},
    )


def _job(kind: str, meaning: str) -> EventType:
    state, text = kind.upper() if kind != "started" else "RUNNING", {"type": "string"}
    return EventType(
        name=f"job.{kind}",
        meaning=meaning,
        topic=topics.JOBS,
        key="the workflow's id",
        subject="`workflowId/jobId`",
        data=_schema(
            {"workflowId": _UUID, "templateId": text, "version": text, "jobId": text, "state": {"const": state}},
            attempt={"type": "integer", "minimum": 1},
        ),
        example={**_WORKFLOW, "jobId": _JOB_ID, "attempt": 1, "state": state},
    )


def _template(kind: str, meaning: str) -> EventType:
    text = {"type": "string"}
    return EventType(
        name=f"template.{kind}",
        meaning=meaning,
        topic=topics.TEMPLATES,
        key="the templateId",
        subject="`templateId`",
        data=_schema({"templateId": text, "version": text, "state": {"const": kind}}),
        example={"templateId": _WORKFLOW["templateId"], "version": _WORKFLOW["version"], "state": kind},
    )


def _pod(kind: str, meaning: str, *, state: str, reason: str = "") -> EventType:
    return EventType(
        name=f"pod.{kind}",
        meaning=meaning,
        topic=topics.PODS,
        key="the pool's name",
        subject="the pod's name",
        data=_schema({name: {"type": "string"} for name in ("pool", "pod", "state", "reason")}),
        example={"pool": "default", "pod": "job-executor-7k2mxq4d", "state": state, "reason": reason},
    )


_DEAD_LETTER = EventType(
    name="deadletter.created",
    meaning="something was given up and quarantined; it waits in the admin, under *dead letters*",
    topic=topics.DEAD_LETTER,
    key="that of what was given up",
    subject="`reference`",
    data=_schema(
        {name: {"type": "string"} for name in ("origin", "reference", "topic", "key", "reason")},
    ),
    example={
        "origin": "publisher",
        "reference": "0199a1c4-7d50-7b02-8c11-5f0e9d3c7a20",
        "topic": topics.JOBS,
        "key": _WORKFLOW_ID,
        "reason": "it has 1200000 bytes, the bus takes at most 900000",
    },
)

CATALOGUE: Mapping[str, EventType] = MappingProxyType(
    {
        one.type: one
        for one in (
            _workflow("created", "INITIALIZED", "a start was accepted and stored"),
            _workflow("started", "RUNNING", "the engine took it up"),
            _workflow("completed", "COMPLETED", "it ended well"),
            _workflow("failed", "FAILED", "it ended with a failure that nothing handled"),
            _workflow("cancelled", "CANCELLED", "somebody cancelled it"),
            _job("queued", "it waits for an executor"),
            _job("started", "an executor took it, or a worker outside did"),
            _job("completed", "it ended well"),
            _job("failed", "its last attempt failed"),
            _job("retrying", "an attempt failed; the next one waits out its delay"),
            _job("skipped", "its condition is false, or what it depends on rules it out"),
            _job("waiting", "it waits for a time, a person, an event or a worker outside"),
            _job("cancelled", "its workflow was cancelled, or failed fast"),
            _template("published", "a version can be started from now on"),
            _template("deprecated", "a version is no longer chosen for a range"),
            _template("deleted", "the template cannot be started any more"),
            _pod("created", "a pod was made, or found", state="starting"),
            _pod("ready", "it sent its first heartbeat and takes jobs", state="ready"),
            _pod("unhealthy", "it is to be replaced", state="unhealthy", reason="its heartbeat stopped"),
            _pod("deleted", "it is gone", state="ended", reason="drained"),
            _DEAD_LETTER,
        )
    }
)
