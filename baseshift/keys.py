"""Files of the embedded stack that are readable by their owner alone: its keys, made once, and its database."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from apps.core import env


def kept_secret(name: str) -> str:
    """Return the setting ``name``, or one made on first use and kept in ``var/<name>`` (mode 600)."""
    return env.text(name) or _read_or_make(env.ensure_var_dir() / name.lower())


def _read_or_make(path: Path) -> str:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        # link() never replaces: of two processes that start at once, the first one's key stands.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text(encoding="utf-8").strip()


def private_file(path: Path) -> Path:
    """Return the path, whose file is its owner's alone from now on; SQLite gives its log and its index the same mode.

    A file of somebody else's is left as it is.
    """
    # Whether the database can be used is for the database to say.
    with suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        path.chmod(0o600)
    return path
