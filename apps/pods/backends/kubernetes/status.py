"""What a Kubernetes pod's status means, in our words."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from apps.core.times import parse
from apps.pods.backends.kubernetes.document import POOL, REVISION
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
LONGEST_REVISION = 16
Body = Mapping[str, Any]


def observed(body: Body) -> ObservedPod:
    """A pod from its JSON, whatever of it is missing."""
    metadata, status = body["metadata"], body.get("status") or {}
    labels = metadata.get("labels") or {}
    containers = status.get("containerStatuses") or []
    waiting = next(_waiting(containers), {})
    unschedulable = _unschedulable(status)
    ended = status.get("phase") in ("Succeeded", "Failed")
    return ObservedPod(
        name=metadata["name"],
        pool=labels.get(POOL, ""),
        revision=labels.get(REVISION, "")[:LONGEST_REVISION],
        phase=Phase.ENDED if ended else Phase.RUNNING if status.get("phase") == "Running" else Phase.PENDING,
        created_at=parse(metadata["creationTimestamp"]),
        stop_by=_stop_by(metadata),
        waits=unschedulable is not None,
        broken=waiting.get("reason") in BROKEN,
        reason=_end(status, containers) if ended else _said(unschedulable or waiting or _disruption(status)),
        namespace=metadata.get("namespace", ""),
        node=(body.get("spec") or {}).get("nodeName") or "",
        restarts=sum(container.get("restartCount", 0) for container in containers),
    )


def _stop_by(metadata: Body) -> datetime | None:
    """When a pod that was told to end has to have ended: the grace is in it."""
    told = metadata.get("deletionTimestamp")
    return parse(told) if told else None


def _waiting(containers: list[Body]) -> Iterator[Body]:
    for container in containers:
        if waiting := (container.get("state") or {}).get("waiting"):
            yield waiting


def _unschedulable(status: Body) -> Body | None:
    for condition in status.get("conditions") or []:
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return {"reason": "Unschedulable", **condition}
    return None


def _disruption(status: Body) -> Body:
    """Why Kubernetes itself ends it: a node that is drained or gone, a pod of a higher priority."""
    conditions: list[Body] = status.get("conditions") or []
    for condition in conditions:
        if condition["type"] == "DisruptionTarget" and condition["status"] == "True":
            return condition
    return {}


def _end(status: Body, containers: list[Body]) -> str:
    """``OOMKilled``, ``Error (exit code 1)``, ``Evicted: …``."""
    for container in containers:
        if ended := (container.get("state") or {}).get("terminated"):
            reason = ended.get("reason") or "ended"
            return f"{reason} (exit code {ended['exitCode']})" if ended.get("exitCode") else reason
    return _said(status) or str(status.get("phase"))


def _said(where: Body) -> str:
    return ": ".join(where[key] for key in ("reason", "message") if where.get(key))
