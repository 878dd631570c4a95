"""Logs of executors."""

import logging
from functools import cache

from django.conf import settings

from apps.core.access import policy
from apps.core.access.policy import Actor
from apps.core.errors import Conflict, Invalid, Unavailable
from apps.core.schema.json_schema import Problem
from apps.pods.backends import factory
from apps.pods.backends.port import Backend, BackendUnavailable, LogsUnavailable
from apps.pods.services.pods import pod
from apps.pods.services.pools import OPERATE

logger = logging.getLogger(__name__)

DEFAULT_LINES = 200
MAX_LINES = 2000


def logs(actor: Actor, *, name: str, lines: int = DEFAULT_LINES) -> str:
    """Return the last ``lines`` of the pod, the oldest first.

    Whoever may operate the pool may read them, for they may hold data of jobs. Raises Hidden, Forbidden, Invalid for
    too few or too many lines, Conflict for a pod that has no log now, and Unavailable.
    """
    found = pod(actor, name=name)
    policy.require(actor, OPERATE, found.pool)
    if not 1 <= lines <= MAX_LINES:
        raise Invalid([Problem("/lines", f"must be between 1 and {MAX_LINES}")])
    try:
        return _backend(settings.POD_BACKEND, settings.KUBECONFIG).logs(name, found.namespace, lines)
    except LogsUnavailable as error:
        raise Conflict(f"There is no log of {name}: {error}.") from error
    except BackendUnavailable as error:
        # It may hold addresses that are nobody's business.
        logger.warning("pod_log_read_failed", extra={"pod": name, "error": str(error)})
        raise Unavailable("The pods cannot be asked now.") from error


@cache
def _backend(*_chosen_by: str) -> Backend:
    """Return one backend for all requests of this process: to connect to Kubernetes takes a second."""
    return factory.backend()
