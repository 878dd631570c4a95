"""Entity tags (RFC 9110, sections 8.8.3 and 13.1.1): nobody overwrites what they have not read."""

from collections.abc import Collection

from apps.core.errors import Stale

# A tag that everything has which is there.
ANY = "*"


def require_match(tag: str, if_match: Collection[str] | None) -> None:
    """Raise Stale unless ``if_match``, the tags that the caller has read, contains ``tag``. None: no condition."""
    if if_match is not None and ANY not in if_match and tag not in if_match:
        raise Stale
