"""The environment that the pods of all pools take from the settings of the installation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from apps.core import env

QUEUE = "JOB_QUEUE_URL"
# An executor that knows other ones than the scheduler would lose its jobs, or refuse calls that are allowed.
OPTIONAL = ("LEASE_SECONDS", "EGRESS_ALLOW")


@dataclass(frozen=True, slots=True)
class SiteEnvironment:
    """``env`` as :class:`~apps.pods.backends.port.PodSpec` has it.

    ``secret``: a Kubernetes Secret in the namespace of each pool whose keys are variables, too; empty: there is none.
    """

    env: Mapping[str, Any]
    secret: str = ""


def site_environment() -> SiteEnvironment:
    """Read it from the settings of the same names. Processes have the stack's own environment."""
    if settings.POD_BACKEND == "process":
        return SiteEnvironment({})
    secret = settings.POD_SECRET
    queue = {"secret": secret, "key": QUEUE} if secret else env.job_queue_url()
    given = {name: value for name in OPTIONAL if (value := env.text(name))}
    return SiteEnvironment({QUEUE: queue, "LOG_LEVEL": settings.LOG_LEVEL, **given}, secret)
