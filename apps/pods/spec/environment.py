"""Variables that a pool may set for its executors, and values that must stay in a Secret."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Final

from django.conf import settings

from apps.core.expressions.placeholders import SECRET_PREFIX
from apps.pods.spec import kubernetes_syntax, plaintext_secrets

# The executor's own settings come from the pool.
_OURS: Final = "EXECUTOR_"
# Scheduler and reconciler count with the same lease.
_EVERYWHERE_THE_SAME: Final = "LEASE_SECONDS"
# Where an executor finds its jobs, and what those may reach. Who may change a pool but not what runs it, could write
# another queue, or the site's own address. On Kubernetes whoever makes Secrets there may decide otherwise.
_ADDRESSES: Final = frozenset({"JOB_QUEUE_URL", "REDIS_URL", "EGRESS_ALLOW"})
# As a process an executor runs beside the site: none of these may make it run other code, or write down what it sends.
_LOADERS: Final = ("LD_", "DYLD_", "PYTHON", "CELERY_", "DJANGO_", "GCONV_", "OPENSSL_", "SSL", "MALLOC_")
_PROGRAMS: Final = frozenset({"PATH", "BROWSER"})
# Read from the file that it names: a pool that sets it would have any file of the machine read.
_FILE: Final = "_FILE"
_SETTINGS: Final = _ADDRESSES | {"LOG_LEVEL", "VAR_DIR"}
_INSTEAD: Final = 'refer to a Secret instead: {"secret": name, "key": key}'


def name_problem(name: str) -> str | None:
    """Return why a pool may not set this variable, whatever its value is.

    ``POD_ENV_ALLOW`` says which names it may set. Those that the product keeps for itself it cannot give away.
    """
    if problem := kubernetes_syntax.variable(name):
        return problem
    read = name.removesuffix(_FILE)
    if read.startswith(_OURS) or read == _EVERYWHERE_THE_SAME or (name != read and read in _SETTINGS):
        return "this variable is set by the product"
    if name.startswith(_LOADERS) or name in _PROGRAMS:
        return "this variable would change which code the executor runs"
    if not any(fnmatchcase(name, pattern) for pattern in settings.POD_ENV_ALLOW):
        return "no pool may set this variable; the setting POD_ENV_ALLOW says which may be set"
    return None


def refused_names(names: Iterable[str]) -> list[str]:
    """Return those of the names that a pool may not set, such as one has that was stored under other settings."""
    return sorted(name for name in names if name_problem(name))


def text_problem(name: str, text: str) -> str | None:
    """Return why the value may not be written out. The message never holds it."""
    if name in _ADDRESSES:
        return f"this is set by the product; to set it otherwise, {_INSTEAD}"
    if (text and name.startswith(SECRET_PREFIX)) or plaintext_secrets.find_secrets({name: text}):
        return f"this is a secret written out: {_INSTEAD}"
    return None
