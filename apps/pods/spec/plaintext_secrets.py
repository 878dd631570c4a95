"""Secrets as plain text in a pod's environment, where whoever may look at pods would read them."""

import re
from collections.abc import Mapping
from typing import Any

from apps.core import literal_secrets

_PASSWORD = re.compile(r"://[^/?#]*:[^/?#]+@|[?&]password=[^&]", re.IGNORECASE)


def find_secrets(env: Mapping[str, Any]) -> list[str]:
    """Return the variables whose text is a secret by its name, by its own shape, or as the password of an address."""
    return sorted(name for name, value in env.items() if isinstance(value, str) and _is_secret(name, value))


def _is_secret(name: str, text: str) -> bool:
    known = literal_secrets.names_secret(name) or literal_secrets.kind(text) or _PASSWORD.search(text)
    return bool(text.strip() and known)
