"""Carries plans out: rows and drain tokens first, then the backend, some calls at a time."""

import logging
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from apps.pods.backends.port import Backend, BackendAway, PodSpec, Refused
from apps.pods.models import Pod
from apps.pods.planning.values import Action, Create, Delete, Drain, PodState, Resume
from apps.pods.workload import Workload

logger = logging.getLogger(__name__)

CALLS_AT_ONCE = 8
NAME_PREFIX = "job-executor"
# No vowels and nothing that looks like something else.
NAME_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


def new_name() -> str:
    """A pod's name with a unique suffix."""
    return f"{NAME_PREFIX}-{''.join(secrets.choice(NAME_LETTERS) for _ in range(8))}"


def new_token() -> str:
    return secrets.token_hex(8)


class Acting:
    """``names`` and ``tokens`` are where new ones come from."""

    def __init__(
        self,
        backend: Backend,
        workload: Workload,
        names: Callable[[], str] = new_name,
        tokens: Callable[[], str] = new_token,
    ) -> None:
        self._backend = backend
        self._workload = workload
        self._names = names
        self._tokens = tokens
        self._threads = ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="pods")

    def carry_out(self, spec: PodSpec, actions: Sequence[Action]) -> str:
        """Do all of it. Answers why a pod was refused, if one was. Raises the parts' Away errors after the rest."""
        self._drain([action.name for action in actions if isinstance(action, Drain)])
        self._resume([action.name for action in actions if isinstance(action, Resume)])
        deletes = [action for action in actions if isinstance(action, Delete)]
        self._note_ends(deletes)
        calls: list[Callable[[], None]] = [
            partial(self._backend.delete, one.name, one.grace_seconds) for one in deletes
        ]
        count = sum(action.count for action in actions if isinstance(action, Create))
        calls += [partial(self._backend.create, self._names(), spec) for _ in range(count)]
        return self._call(calls)

    def close(self) -> None:
        self._threads.shutdown()

    def _call(self, calls: Sequence[Callable[[], None]]) -> str:
        refusal, away = "", None
        for future in [self._threads.submit(call) for call in calls]:
            try:
                future.result()
            except Refused as error:
                refusal = str(error)
            except BackendAway as error:
                away = error
        if away:
            raise away
        return refusal

    def _drain(self, names: Sequence[str]) -> None:
        tokens = {name: self._tokens() for name in names}
        for name, token in tokens.items():
            Pod.objects.filter(name=name).update(drain_token=token, state=PodState.DRAINING)
        self._workload.drain(tokens)

    def _resume(self, names: Sequence[str]) -> None:
        if names:
            Pod.objects.filter(name__in=names).update(drain_token="", state=PodState.READY)
            self._workload.resume(names)

    @staticmethod
    def _note_ends(deletes: Sequence[Delete]) -> None:
        for one in deletes:
            logger.info("Pod %s ends: %s", one.name, one.reason)
            Pod.objects.filter(name=one.name).update(state=PodState.STOPPING, reason=one.reason)
