"""Settings from the environment: an empty value counts as unset, booleans are strict.

Every name also works with the suffix ``_FILE``: the value is then the content of that file,
which is how Docker and Kubernetes hand out secrets. No Django is imported here, because the
executor reads its few settings from this module alone.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

BASE_DIR = Path(__file__).resolve().parents[2]
REDIS_SCHEMES = ("redis", "rediss")
# Ten years in seconds: no time, size or count that a setting is for goes beyond, and Redis and SQL take it.
MAX_NUMBER = 315_360_000
# What a pool may set for its executors unless the setting of this name says otherwise.
POD_ENV_ALLOW = "APP_*"
# Those that all of logging, Celery and gunicorn know; WARN is logging's alone.
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class BadSetting(ValueError):
    """A setting whose value cannot be used; the message names the setting, never its value."""


def text(name: str, default: str = "") -> str:
    """Return the value of ``name``, or of the file that ``name_FILE`` names, or the default."""
    value = os.environ.get(name, "")
    if value:
        return value
    path = os.environ.get(f"{name}_FILE", "")
    if not path:
        return default
    try:
        return Path(path).read_text(encoding="utf-8").strip() or default
    except OSError as error:
        raise BadSetting(f"{name}_FILE names a file that cannot be read: {error.strerror}") from error


def flag(name: str, default: bool) -> bool:
    """Return ``true`` or ``false``, in any case; anything else is refused rather than guessed."""
    value = text(name).lower()
    if value in ("", "true", "false"):
        return value == "true" if value else default
    raise BadSetting(f"{name} must be 'true' or 'false'")


def number(name: str, default: float, *, minimum: float = 0.0, maximum: float = MAX_NUMBER) -> float:
    """Read a number from ``minimum`` to ``maximum``."""
    value = text(name)
    try:
        result = float(value or default)
    except ValueError as error:
        raise BadSetting(f"{name} must be a number") from error
    # NaN fails this comparison, too.
    if not minimum <= result <= maximum:
        raise BadSetting(f"{name} must be a number from {minimum:g} to {maximum:g}")
    return result


def whole_number(name: str, default: int, *, minimum: int = 0, maximum: int = MAX_NUMBER) -> int:
    """Read a whole number from ``minimum`` to ``maximum``."""
    result = number(name, default, minimum=minimum, maximum=maximum)
    if not result.is_integer():
        raise BadSetting(f"{name} must be a whole number")
    return int(result)


def choice(name: str, default: str, choices: Sequence[str]) -> str:
    """Return one of ``choices``."""
    value = text(name, default)
    if value not in choices:
        raise BadSetting(f"{name} must be one of {', '.join(choices)}")
    return value


def items(name: str, default: str = "") -> list[str]:
    """Return a comma-separated list; blanks are dropped."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def url(name: str, schemes: Sequence[str], *, one_host: bool = True) -> str:
    """Return an address with one of these schemes, or "". The driver checks ports where there are several hosts."""
    value = text(name)
    try:
        parts = urlsplit(value)
        _ = one_host and parts.port
    except ValueError as error:
        hint = "is its port a number, and are special characters in its password written as %XX?"
        raise BadSetting(f"{name} cannot be read: {hint}") from error
    if value and parts.scheme not in schemes:
        raise BadSetting(f"{name} must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    return value


def log_level() -> str:
    """Return ``LOG_LEVEL``, one of those that :mod:`logging` has."""
    level = text("LOG_LEVEL", "INFO").upper()
    if level not in LOG_LEVELS:
        raise BadSetting(f"LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}")
    return level


def var_dir() -> Path:
    """Return where the embedded stack keeps its data: ``VAR_DIR``, else ``var/`` in the project."""
    # A relative one means the same place from whatever directory a command is started in.
    return BASE_DIR / text("VAR_DIR", "var")


def ensure_var_dir() -> Path:
    """Return :func:`var_dir`, created if it does not exist. Raises BadSetting if it takes no new files."""
    path = var_dir()
    try:
        # Sessions, keys and hashes lie there.
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise BadSetting(f"VAR_DIR must be a directory: {error.strerror}") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise BadSetting("VAR_DIR must be a directory that this user may write to")
    return path


def redis_url() -> str:
    """Return ``REDIS_URL``, else the server that ``run_stack`` started, else Redis' usual address."""
    configured = url("REDIS_URL", REDIS_SCHEMES)
    if configured:
        return configured
    noted = var_dir() / "redis.url"
    if noted.exists():
        return noted.read_text(encoding="utf-8").strip()
    return "redis://127.0.0.1:6379/0"


def job_queue_url() -> str:
    """Return the address of the same Redis as executors reach it: ``JOB_QUEUE_URL``, else :func:`redis_url`."""
    return url("JOB_QUEUE_URL", REDIS_SCHEMES) or redis_url()
