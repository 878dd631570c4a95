"""Reads settings from the environment: an empty value counts as unset, booleans are strict.

Every name also works with the suffix ``_FILE``: the value is then the content of that file,
which is how Docker and Kubernetes hand out secrets. No Django is imported here, because the
executor reads its few settings from this module alone.
"""

import os
from collections.abc import Sequence
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent


class BadSetting(ValueError):
    """A setting whose value cannot be used; the message names the setting, never its value."""


def text(name: str, default: str = "") -> str:
    """The value of ``name``, of the file that ``name_FILE`` names, or the default."""
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
    """``true`` or ``false``, in any case; anything else is refused rather than guessed."""
    value = text(name).lower()
    if value in ("", "true", "false"):
        return value == "true" if value else default
    raise BadSetting(f"{name} must be 'true' or 'false'")


def number(name: str, default: float, *, minimum: float = 0.0) -> float:
    """A number of at least ``minimum``."""
    value = text(name)
    try:
        result = float(value) if value else default
    except ValueError as error:
        raise BadSetting(f"{name} must be a number") from error
    if not minimum <= result < float("inf"):
        raise BadSetting(f"{name} must be a number of at least {minimum:g}")
    return result


def choice(name: str, default: str, choices: Sequence[str]) -> str:
    """One of a few words."""
    value = text(name, default)
    if value not in choices:
        raise BadSetting(f"{name} must be one of {', '.join(choices)}")
    return value


def items(name: str, default: str = "") -> list[str]:
    """A list written with commas; blanks are dropped."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def var_dir() -> Path:
    """Where the embedded stack keeps its data: ``VAR_DIR``, else ``var/`` in the project."""
    return Path(text("VAR_DIR", str(BASE_DIR / "var")))


def redis_url() -> str:
    """``REDIS_URL``, else the server that ``run_stack`` started, else Redis' usual address."""
    configured = text("REDIS_URL")
    if configured:
        return configured
    noted = var_dir() / "redis.url"
    if noted.exists():
        return noted.read_text(encoding="utf-8").strip()
    return "redis://127.0.0.1:6379/0"


def job_queue_url() -> str:
    """The same Redis as executors reach it: ``JOB_QUEUE_URL``, else :func:`redis_url`."""
    return text("JOB_QUEUE_URL") or redis_url()
