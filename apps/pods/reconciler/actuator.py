"""Execution of plans: rows and drain tokens first, then the backend, some calls at a time."""

import logging
import secrets
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial

from apps.pods.backends.port import Backend, BackendUnavailable, PodRejected, PodSpec
from apps.pods.models import Pod
from apps.pods.planning.values import Action, Create, Delete, Drain, PodState, Resume
from apps.pods.reconciler.pod_names import PodNames
from apps.pods.workload import Workload, WorkloadUnavailable

logger = logging.getLogger(__name__)

# No call is begun without the lease. So many may still be made by one who was stopped in the middle of them and goes on
# later, when another reconciles; that one makes pods of the same names.
MAX_CONCURRENT_CALLS = 8
# How often the lease is looked after while calls are under way.
LEASE_CHECK_SECONDS = 1.0


class Actuator:
    """Carries out plans. ``leads`` is asked before each call."""

    def __init__(self, backend: Backend, workload: Workload, leads: Callable[[], bool]) -> None:
        self._backend = backend
        self._workload = workload
        self._leads = leads
        self._names = PodNames()
        self._threads = ThreadPoolExecutor(MAX_CONCURRENT_CALLS, thread_name_prefix="pods")

    def carry_out(self, spec: PodSpec, actions: Sequence[Action]) -> str:
        """Carry out all actions, as long as the lease is ours. Return why a pod was refused, if one was.

        Raises :class:`BackendUnavailable` after the rest.
        """
        try:
            self._drain([action.name for action in actions if isinstance(action, Drain)])
            self._resume([action.name for action in actions if isinstance(action, Resume)])
        except WorkloadUnavailable as error:
            # The rows say it: executors are informed again with each look. What ended is replaced all the same.
            logger.info("drain_postponed", extra={"error": str(error)})
        deletes = [action for action in actions if isinstance(action, Delete)]
        self._note_ends(deletes)
        calls: list[Callable[[], None]] = [
            partial(self._backend.delete, one.name, one.grace_seconds) for one in deletes
        ]
        count = sum(action.count for action in actions if isinstance(action, Create))
        calls += [partial(self._create, name, spec) for name in self._names.free(spec.pool, count)]
        return self._call(calls)

    def close(self) -> None:
        self._threads.shutdown()

    def _create(self, name: str, spec: PodSpec) -> None:
        """Create a pod. Without an answer it may have been made or not: then the next try is by the same name."""
        self._backend.create(name, spec)
        self._names.take(name)

    def _call(self, calls: Sequence[Callable[[], None]]) -> str:
        """Make the calls, some at a time, and none without the lease, which is renewed meanwhile."""
        left, under_way, over = deque(calls), set[Future[None]](), list[Future[None]]()
        try:
            while left or under_way:
                if not self._leads():
                    left.clear()
                while left and len(under_way) < MAX_CONCURRENT_CALLS:
                    under_way.add(self._threads.submit(left.popleft()))
                done, under_way = wait(under_way, LEASE_CHECK_SECONDS, FIRST_COMPLETED)
                over += done
        finally:
            # The next look is to see what they did, also if the database went away meanwhile.
            wait(under_way)
        return _outcome(over)

    def _drain(self, names: Sequence[str]) -> None:
        tokens = {name: secrets.token_hex(8) for name in names}
        for name, token in tokens.items():
            Pod.objects.filter(name=name).update(drain_token=token, state=PodState.DRAINING)
        if tokens:
            self._workload.drain(tokens)

    def _resume(self, names: Sequence[str]) -> None:
        """Resume pods, the row first: a confirmation of the old token is then void."""
        if names:
            Pod.objects.filter(name__in=names).update(drain_token="", state=PodState.READY)
            self._workload.resume(names)

    @staticmethod
    def _note_ends(deletes: Sequence[Delete]) -> None:
        """Record the ends. None is taken back: a call that was not answered may still end a pod that works again."""
        for one in deletes:
            logger.info("pod_deletion_requested", extra={"pod": one.name, "reason": one.reason})
            why = {"reason": one.reason} if one.reason else {}
            Pod.objects.filter(name=one.name).update(state=PodState.STOPPING, leaving=True, **why)


def _outcome(calls: Sequence[Future[None]]) -> str:
    """Return why a pod was refused. Raises :class:`BackendUnavailable` if a call did."""
    refusal, outage = "", None
    for call in calls:
        try:
            call.result()
        except PodRejected as error:
            refusal = str(error)
        except BackendUnavailable as error:
            outage = error
    if outage:
        raise outage
    return refusal
