"""What a kubelet tells of a pod."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from apps.core.times import rfc3339

State = dict[str, Any]
LONGEST_MESSAGE = 2048


def waiting(reason: str, message: str = "") -> State:
    return {"waiting": {"reason": reason, "message": message}}


def running() -> State:
    return {"running": {"startedAt": rfc3339(timezone.now())}}


def terminated(exit_code: int, reason: str, message: str, before: State) -> State:
    """``before`` is the state that it ended."""
    began = before.get("running", {}).get("startedAt")
    told = {"exitCode": exit_code, "reason": reason, "message": message[-LONGEST_MESSAGE:]}
    return {"terminated": {**told, "startedAt": began, "finishedAt": rfc3339(timezone.now())}}


def phase(state: State) -> str:
    """Of a pod with one container, and ``restartPolicy: Never``."""
    if "terminated" in state:
        return "Failed" if state["terminated"]["exitCode"] else "Succeeded"
    return "Running" if "running" in state else "Pending"


def is_ready(body: Mapping[str, Any]) -> bool:
    """As the API has it: the controllers take it back while a node's kubelet is held up."""
    conditions = body["status"].get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def status(body: Mapping[str, Any], state: State, *, started: bool, ready: bool) -> dict[str, Any]:
    """The pod's status with its one container in this state; what others told of it stays."""
    (container,) = body["spec"]["containers"]
    told = {"name": container["name"], "image": container["image"], "imageID": "", "restartCount": 0}
    ours = {"Initialized": True, "PodReadyToStartContainers": True, "ContainersReady": ready, "Ready": ready}
    others = [one for one in body["status"].get("conditions", []) if one["type"] not in ours]
    conditions = [_condition(body, kind, "True" if holds else "False") for kind, holds in ours.items()]
    return {
        **body["status"],
        "phase": phase(state),
        "conditions": [*others, *conditions],
        "containerStatuses": [{**told, "state": state, "started": started, "ready": ready}],
        "hostIP": "127.0.0.1",
        "startTime": body["status"].get("startTime") or rfc3339(timezone.now()),
    }


def _condition(body: Mapping[str, Any], kind: str, value: str) -> dict[str, Any]:
    for one in body["status"].get("conditions", []):
        if one["type"] == kind and one["status"] == value:
            return dict(one)
    return {"type": kind, "status": value, "lastTransitionTime": rfc3339(timezone.now())}
