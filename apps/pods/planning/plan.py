"""Actions that bring one pool from what is to what should be, as a pure function.

A plan is closed: carried out and looked at again, it asks for nothing more until something else happens. It never brings
more pods to life than the maximum, never takes a busy pod while an idle one would do, and deletes none with running work.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from apps.pods.planning.values import (
    SERVING,
    Action,
    Create,
    Delete,
    Drain,
    PodState,
    PodView,
    PoolTarget,
    Resume,
)

NEW = "new"


def plan(target: PoolTarget, pods: Sequence[PodView]) -> list[Action]:
    """Return the actions that bring ``pods`` nearer to ``target``; none where they are as near as they can be now."""
    actions: list[Action] = []
    while more := _step(target, pods):
        actions += more
        pods = applied(target, pods, more)
    return _merged(actions)


def _step(target: PoolTarget, pods: Sequence[PodView]) -> Sequence[Action]:
    """Return the first kind of action that is called for; those of later kinds depend on its effect."""
    for rule in (_delete_dead, _cordon, _drain_leaving, _resume, _delete_drained, _scale_down, _roll_out, _scale_up):
        if actions := list(rule(target, pods)):
            return actions
    return ()


# -- the rules, in their order ----------------------------------------------------------------------


def _delete_dead(target: PoolTarget, pods: Sequence[PodView]) -> Iterable[Action]:
    """Delete what ended or is unhealthy at once: it does no work that could be waited for."""
    return [Delete(pod.name, 0, pod.reason) for pod in pods if pod.state in (PodState.ENDED, PodState.UNHEALTHY)]


def _cordon(target: PoolTarget, pods: Sequence[PodView]) -> Iterable[Action]:
    """Drain the pods of a cordoned pool, which it keeps."""
    return [Drain(pod.name) for pod in pods if target.cordoned and pod.state in SERVING]


def _drain_leaving(target: PoolTarget, pods: Sequence[PodView]) -> Iterable[Action]:
    """Release pods that a person wants gone, and those whose end was begun."""
    return [_release(target, pod) for pod in pods if pod.leaving and pod.state in SERVING]


def _resume(target: PoolTarget, pods: Sequence[PodView]) -> Iterable[Action]:
    """Resume pods that only drain before new ones are made; the busiest would be the last to end anyway."""
    if target.cordoned:
        return []
    fit = [pod for pod in pods if pod.state is PodState.DRAINING and _is_current(target, pod) and not pod.leaving]
    return [Resume(pod.name) for pod in sorted(fit, key=_deletion_cost, reverse=True)[: _missing(target, pods)]]


def _delete_drained(target: PoolTarget, pods: Sequence[PodView]) -> Iterable[Action]:
    """Delete drained pods, unless their pool is only cordoned."""
    for pod in pods:
        over = pod.state is PodState.DRAINING and pod.drained and not pod.busy
        if over and target.may_shrink and (pod.leaving or not target.cordoned):
            yield Delete(pod.name, target.grace_seconds, "drained")


def _scale_down(target: PoolTarget, pods: Sequence[PodView]) -> Iterable[Action]:
    """Release pods of the present revision that are too many."""
    current, _ = _serving(target, pods)
    surplus = len(current) - target.desired
    if surplus <= 0 or not target.may_shrink:
        return []
    return [_release(target, pod) for pod in sorted(current, key=_deletion_cost)[:surplus]]


def _roll_out(target: PoolTarget, pods: Sequence[PodView]) -> Iterable[Action]:
    """Release old revisions as soon as there is enough without them; idle ones first."""
    current, old = _serving(target, pods)
    if not old or not target.may_shrink:
        return []
    ready = sum(pod.state is PodState.READY for pod in current)
    spare = min(ready + len(old) - target.desired, len(old))
    if spare <= 0 and _is_stuck(target, pods):
        # At its maximum a pool has no room for the new before some of the old has left.
        spare = min(max(target.surge, 1), len(old))
    return [_release(target, pod) for pod in sorted(old, key=_deletion_cost)[: max(spare, 0)]]


def _scale_up(target: PoolTarget, pods: Sequence[PodView]) -> Iterable[Action]:
    starting = sum(pod.state is PodState.STARTING for pod in pods)
    count = min(_missing(target, pods), target.maximum - _existing(pods), target.starts_at_once - starting)
    return [Create(count)] if count > 0 and target.may_create and not target.cordoned else []


# -- what the rules ask -----------------------------------------------------------------------------


def _is_current(target: PoolTarget, pod: PodView) -> bool:
    return pod.revision == target.revision


def _serving(target: PoolTarget, pods: Sequence[PodView]) -> tuple[list[PodView], list[PodView]]:
    """Return the serving pods of the present revision, and those of older ones."""
    serving = [pod for pod in pods if pod.state in SERVING]
    return [p for p in serving if _is_current(target, p)], [p for p in serving if not _is_current(target, p)]


def _missing(target: PoolTarget, pods: Sequence[PodView]) -> int:
    """Return how many pods of the present revision may come now."""
    current, old = _serving(target, pods)
    surge = target.surge if old else 0
    return max(0, min(target.desired - len(current), target.desired + surge - len(current) - len(old)))


def _existing(pods: Sequence[PodView]) -> int:
    return sum(pod.state is not PodState.ENDED for pod in pods)


def _is_stuck(target: PoolTarget, pods: Sequence[PodView]) -> bool:
    """Return whether a rollout cannot go on by itself: no room for a new pod, and nobody coming or leaving.

    Old pods that have not come up are not waited for: what is wrong with them may be what the new revision puts right.
    """
    room = min(target.maximum - _existing(pods), _missing(target, pods))
    return room <= 0 and not any(_is_on_its_way(target, pod) for pod in pods)


def _is_on_its_way(target: PoolTarget, pod: PodView) -> bool:
    if pod.state is PodState.STARTING:
        return _is_current(target, pod)
    return pod.state not in (PodState.READY, PodState.ENDED)


def _deletion_cost(pod: PodView) -> tuple[int, int, float, str]:
    """Return a key that is small for pods to part with first: not yet there, idle (longest first), least busy."""
    idle_since = pod.idle_since.timestamp() if pod.idle_since else float("inf")
    return (pod.state is not PodState.STARTING, pod.busy, idle_since, pod.name)


def _release(target: PoolTarget, pod: PodView) -> Action:
    """Drain the pod. One without a heartbeat is deleted instead, unless it has begun to work all the same."""
    if pod.state is PodState.STARTING and not pod.busy:
        return Delete(pod.name, target.grace_seconds, "not needed")
    return Drain(pod.name)


# -- what actions do --------------------------------------------------------------------------------


def applied(target: PoolTarget, pods: Sequence[PodView], actions: Sequence[Action]) -> list[PodView]:
    """Return the pods as the next look finds them, if nothing else happens."""
    changed = {pod.name: pod for pod in pods}
    for action in actions:
        if isinstance(action, Create):
            first = len(changed)
            names = [f"{NEW}-{number}" for number in range(first, first + action.count)]
            changed |= {name: PodView(name, PodState.STARTING, target.revision) for name in names}
        else:
            changed[action.name] = _after(changed[action.name], action)
    gone = {action.name for action in actions if isinstance(action, Delete)}
    return [pod for pod in changed.values() if not (pod.name in gone and pod.state is PodState.ENDED)]


def _after(pod: PodView, action: Drain | Resume | Delete) -> PodView:
    if isinstance(action, Drain):
        return replace(pod, state=PodState.DRAINING, drained=False)
    if isinstance(action, Resume):
        return replace(pod, state=PodState.READY, drained=False)
    # What has ended is gone when it is deleted; the others take their time.
    return pod if pod.state is PodState.ENDED else replace(pod, state=PodState.STOPPING)


def _merged(actions: Sequence[Action]) -> list[Action]:
    """Merge all :class:`Create` into one, after the others."""
    count = sum(action.count for action in actions if isinstance(action, Create))
    others: list[Action] = [action for action in actions if not isinstance(action, Create)]
    return [*others, Create(count)] if count else others
