"""Variables that a pool may set for its executors, and values that must stay in a Secret."""

from typing import Final

from apps.core.expressions.placeholders import SECRET_PREFIX
from apps.pods.spec import kubernetes_syntax, plaintext_secrets

# The executor's own settings come from the pool.
_OURS: Final = "EXECUTOR_"
# Scheduler and reconciler count with the same lease.
_EVERYWHERE_THE_SAME: Final = "LEASE_SECONDS"
# Where an executor finds its jobs, and what those may reach. Who may change a pool but not what runs it, could write
# another queue, or the site's own address. On Kubernetes whoever makes Secrets there may decide otherwise.
_ADDRESSES: Final = frozenset({"JOB_QUEUE_URL", "REDIS_URL", "EGRESS_ALLOW"})
# As a process an executor runs beside the site: none of these may make it run other code.
_LOADERS: Final = ("LD_", "DYLD_", "PYTHON", "CELERY_", "DJANGO_", "GCONV_")
_PROGRAMS: Final = frozenset({"PATH", "BROWSER"})
_INSTEAD: Final = 'refer to a Secret instead: {"secret": name, "key": key}'


def name_problem(name: str) -> str | None:
    """Return why no variable may be called this, whatever its value is."""
    if name.startswith(_OURS) or name == _EVERYWHERE_THE_SAME:
        return "this variable is set by the product"
    if name.startswith(_LOADERS) or name in _PROGRAMS:
        return "this variable would change which code the executor runs"
    return kubernetes_syntax.variable(name)


def text_problem(name: str, text: str) -> str | None:
    """Return why the value may not be written out. The message never holds it."""
    if name in _ADDRESSES:
        return f"this is set by the product; to set it otherwise, {_INSTEAD}"
    if (text and name.startswith(SECRET_PREFIX)) or plaintext_secrets.find_secrets({name: text}):
        return f"this is a secret written out: {_INSTEAD}"
    return None
