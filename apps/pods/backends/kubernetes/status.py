"""The status of a Kubernetes pod in our words."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from apps.core.times import parse
from apps.pods.backends.kubernetes.manifest import POOL, REVISION
from apps.pods.backends.port import ObservedPod, Phase

# Waiting for these does not help by itself: somebody has to change the image, the pool or a Secret.
BROKEN = {
    "CrashLoopBackOff",
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImageNeverPull",
    "ErrImagePull",
    "ImageInspectError",
    "ImagePullBackOff",
    "InvalidImageName",
    "RunContainerError",
}
# Ours are shorter. A label may be longer than what is kept of it.
MAX_REVISION_LENGTH = 16
MAX_MESSAGE_LENGTH = 300
Body = Mapping[str, Any]


def observed(body: Body) -> ObservedPod:
    """Return a pod from its JSON, whatever of it is missing."""
    metadata, status = body["metadata"], body.get("status") or {}
    labels = metadata.get("labels") or {}
    containers = status.get("containerStatuses") or []
    waiting = next(_waiting(containers), {})
    unschedulable = _condition(status, "PodScheduled", "False")
    placed = _condition(status, "PodScheduled", "True") or {}
    node = (body.get("spec") or {}).get("nodeName") or ""
    ended = status.get("phase") in ("Succeeded", "Failed")
    return ObservedPod(
        name=metadata["name"],
        pool=labels.get(POOL, ""),
        revision=labels.get(REVISION, "")[:MAX_REVISION_LENGTH],
        phase=Phase.ENDED if ended else Phase.RUNNING if status.get("phase") == "Running" else Phase.PENDING,
        created_at=parse(metadata["creationTimestamp"]),
        # The grace is in it.
        stop_by=_time(metadata.get("deletionTimestamp")),
        waits=unschedulable is not None,
        broken=waiting.get("reason") in BROKEN,
        reason=_end_reason(status, containers) if ended else _waiting_reason(unschedulable, waiting, status),
        namespace=metadata.get("namespace", ""),
        node=node,
        placed_at=_time(placed.get("lastTransitionTime")),
        # The first that a kubelet reports, before it looks for the image.
        unanswered=bool(node) and not status.get("startTime"),
        termination_message=_termination_message(containers),
        restarts=sum(container.get("restartCount", 0) for container in containers),
        uid=metadata.get("uid", ""),
    )


def _time(text: str | None) -> datetime | None:
    return parse(text) if text else None


def _waiting(containers: list[Body]) -> Iterator[Body]:
    for container in containers:
        if waiting := (container.get("state") or {}).get("waiting"):
            yield waiting


def _condition(status: Body, kind: str, value: str) -> Body | None:
    conditions: list[Body] = status.get("conditions") or []
    return next((one for one in conditions if (one["type"], one["status"]) == (kind, value)), None)


def _waiting_reason(unschedulable: Body | None, waiting: Body, status: Body) -> str:
    """Return what keeps it from running, or why Kubernetes itself ends it: a drained node, a pod of more priority."""
    if unschedulable:
        return _reason_and_message({"reason": "Unschedulable", **unschedulable})
    return _reason_and_message(waiting or _condition(status, "DisruptionTarget", "True") or {})


def _end_reason(status: Body, containers: list[Body]) -> str:
    """Return ``OOMKilled``, ``Error (exit code 1)``, ``Evicted: …``."""
    for ended in _terminated(containers):
        reason = ended.get("reason") or "ended"
        return f"{reason} (exit code {ended['exitCode']})" if ended.get("exitCode") else reason
    return _reason_and_message(status) or str(status.get("phase"))


def _termination_message(containers: list[Body]) -> str:
    """Return the last line; nothing for a container that was killed for its memory: it could not know."""
    messages = [ended.get("message") or "" for ended in _terminated(containers) if ended.get("reason") != "OOMKilled"]
    lines = [line.strip() for message in messages for line in message.split("\n") if line.strip()]
    return lines[-1][:MAX_MESSAGE_LENGTH] if lines else ""


def _terminated(containers: list[Body]) -> Iterator[Body]:
    for container in containers:
        if ended := (container.get("state") or {}).get("terminated"):
            yield ended


def _reason_and_message(where: Body) -> str:
    return ": ".join(where[key] for key in ("reason", "message") if where.get(key))
