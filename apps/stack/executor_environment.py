"""Variables of the stack's environment that its executors get: what they read, and nothing of the site's.

An executor runs what templates and plugins say. Keys, passwords and addresses of the site are none of its business.
"""

from fnmatch import fnmatchcase

from apps.core import env
from apps.core.expressions.placeholders import SECRET_PREFIX

# What any program needs to run as this user, in this language and zone.
_SYSTEM = frozenset({"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "VIRTUAL_ENV"})
_SYSTEM_PREFIXES = ("LC_", "PYTHON", "LD_", "MALLOC_", "SSL_CERT_", "C_FORCE_ROOT")
# Settings that an executor reads (docs/reference/settings.md marks them).
_SETTINGS = frozenset({"JOB_QUEUE_URL", "REDIS_URL", "LEASE_SECONDS", "EGRESS_ALLOW", "LOG_LEVEL", "VAR_DIR"})
_SETTINGS_PREFIXES = ("EXECUTOR_", SECRET_PREFIX)


def inherits(name: str) -> bool:
    """Return whether an executor gets the variable: also those that pools may set, which plugins read."""
    read = name.removesuffix("_FILE")
    if name in _SYSTEM or read in _SETTINGS or name.startswith((*_SYSTEM_PREFIXES, *_SETTINGS_PREFIXES)):
        return True
    return any(fnmatchcase(name, pattern) for pattern in env.items("POD_ENV_ALLOW", env.POD_ENV_ALLOW))
