"""The page of one pod: its state, the jobs it holds, its events and its log."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone

from apps.core.access import policy
from apps.core.access.policy import Actor
from apps.core.errors import Conflict, Invalid, Unavailable
from apps.events import topics
from apps.events.models import Event
from apps.pods.admin.labels import EVENT_LABELS, STATE_LABELS
from apps.pods.models import Pod, PodPool
from apps.pods.services import pods
from apps.pods.services.logs import DEFAULT_LINES, logs
from apps.pods.services.pools import OPERATE
from apps.pods.workload import HeldJob

MAX_EVENTS = 50


def page(actor: Actor, pod: Pod, *, lines: str | None) -> dict[str, Any]:
    """Return the context of the page. ``lines``: how many lines of its log were asked for; None for none."""
    held = policy.held_actions(actor, PodPool, [pod.pool_id], [OPERATE]).get(pod.pool_id, frozenset())
    may_operate = OPERATE in held
    return {
        "pod": pod,
        "state_labels": STATE_LABELS,
        "lived": (pod.ended_at or timezone.now()) - pod.created_at,
        "may_drain": may_operate and pod.ended_at is None and not pod.leaving,
        "may_read_logs": may_operate,
        "jobs": _jobs(actor, pod),
        "events": _events(pod),
        "log": None if lines is None or not may_operate else _log(actor, pod, lines),
        "default_lines": DEFAULT_LINES,
    }


def _jobs(actor: Actor, pod: Pod) -> Sequence[HeldJob]:
    return () if pod.ended_at else pods.jobs(actor, [pod.name]).get(pod.name, ())


def _events(pod: Pod) -> list[dict[str, Any]]:
    """Return the newest of them, the oldest first."""
    events = Event.objects.filter(topic=topics.PODS, key=pod.pool.name, subject=pod.name).order_by("-id")
    rows = reversed(events.values("type", "time", "data")[:MAX_EVENTS])
    return [_event(row, pod) for row in rows]


def _event(row: Mapping[str, Any], pod: Pod) -> dict[str, Any]:
    became = row["type"].rpartition(".")[2]
    after = row["time"] - pod.created_at
    return {**row, "became": became, "label": EVENT_LABELS.get(became, "default"), "after": after}


def _log(actor: Actor, pod: Pod, lines: str) -> dict[str, str]:
    count = int(lines) if lines.isascii() and lines.isdecimal() and len(lines) < 10 else 0
    try:
        return {"text": logs(actor, name=pod.name, lines=count)}
    except Invalid as error:
        return {"away": f"Lines {error.problems[0].message}."}
    except (Conflict, Unavailable) as error:
        return {"away": error.detail}
