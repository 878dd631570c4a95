"""The one state of a pod, from the backend, the heartbeat and our own record."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.pods.backends.port import ObservedPod, Phase
from apps.pods.planning.heartbeats import Heartbeat
from apps.pods.planning.values import PodState, PodView

# A pod that has a place and has not sent a heartbeat by then never will. A place is waited for as long as it takes.
START_TIMEOUT = timedelta(seconds=180)
NEVER_STARTED = f"no heartbeat within {START_TIMEOUT.seconds} s"
# A node that is gone gets pods until the controllers notice, which takes less; its kubelet would have answered at once.
NODE_TIMEOUT = timedelta(seconds=60)
NO_ANSWER = "its node does not answer"
# A pod that has not ended by then is on a node that is gone, or hangs.
STOP_TIMEOUT = timedelta(seconds=30)
NEVER_STOPPED = "it did not end in time: its node may be gone"
HEARTBEAT_STOPPED = "its heartbeat stopped"


@dataclass(frozen=True, slots=True)
class RecordedPod:
    """A pod as our own row has it."""

    # Whether a heartbeat has been seen.
    was_ready: bool = False
    # Token of its draining; empty unless it is to drain.
    drain_token: str = ""
    # Whether a person asked for its end, or that was begun.
    leaving: bool = False
    # Since when it holds no job; None: unknown, or it holds some.
    idle_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Liveness:
    """A pod's heartbeat and its running jobs by SQL. ``is_known``: a heartbeat that is absent has stopped."""

    heartbeat: Heartbeat | None
    busy: int
    is_known: bool


def pod_view(pod: ObservedPod, recorded: RecordedPod, pulse: Liveness, now: datetime) -> PodView:
    """Return the pod as plans are made with it."""
    state, reason = _state(pod, recorded, pulse, now)
    beat = pulse.heartbeat
    busy = max(pulse.busy, beat.busy if beat else 0)
    return PodView(
        name=pod.name,
        state=state,
        revision=pod.revision,
        busy=busy,
        drained=bool(beat and recorded.drain_token and beat.drained == recorded.drain_token),
        leaving=recorded.leaving,
        idle_since=None if busy else recorded.idle_since or now,
        reason=reason,
    )


def _state(pod: ObservedPod, recorded: RecordedPod, pulse: Liveness, now: datetime) -> tuple[PodState, str]:
    if pod.phase is Phase.ENDED:
        return PodState.ENDED, _end(pod, recorded)
    if pod.stop_by is not None:
        late = now > pod.stop_by + STOP_TIMEOUT
        return (PodState.UNHEALTHY, NEVER_STOPPED) if late else (PodState.STOPPING, pod.reason)
    if pulse.heartbeat is None:
        return _without_heartbeat(pod, recorded, pulse, now)
    return _serving(recorded), pod.reason


def _end(pod: ObservedPod, recorded: RecordedPod) -> str:
    if pod.stopping:
        # That a pod ended that was to end is no news.
        return ""
    reason = pod.reason or "ended"
    # One that has worked may have written of its jobs, which those who see its state need not know of.
    return f"{reason}: {pod.termination_message}" if pod.termination_message and not recorded.was_ready else reason


def _without_heartbeat(pod: ObservedPod, recorded: RecordedPod, pulse: Liveness, now: datetime) -> tuple[PodState, str]:
    waited = now - (pod.placed_at or pod.created_at)
    late = waited > START_TIMEOUT
    if pod.broken and (recorded.was_ready or late):
        return PodState.UNHEALTHY, pod.reason
    if recorded.was_ready:
        return (PodState.UNHEALTHY, HEARTBEAT_STOPPED) if pulse.is_known else (_serving(recorded), pod.reason)
    if pod.unanswered and waited > NODE_TIMEOUT:
        return PodState.UNHEALTHY, NO_ANSWER
    if late and pulse.is_known and not pod.waits:
        return PodState.UNHEALTHY, pod.reason or NEVER_STARTED
    return PodState.STARTING, pod.reason


def _serving(recorded: RecordedPod) -> PodState:
    return PodState.DRAINING if recorded.drain_token else PodState.READY
