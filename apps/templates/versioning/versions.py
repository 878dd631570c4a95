"""Semantic versions: their order, and the newest in a range."""

from collections.abc import Iterable

from semver import Version

from apps.templates.versioning import ranges
from apps.templates.versioning.ranges import Key

LATEST = "latest"
MAX_LENGTH = 200


def is_version(text: str) -> bool:
    """Return whether ``text`` is one version of semver 2.0.0, of at most MAX_LENGTH characters."""
    # The library takes the digits of any script.
    return len(text) <= MAX_LENGTH and text.isascii() and Version.is_valid(text)


def newest(versions: Iterable[str], wanted: str | None = None) -> str | None:
    """Return the newest of ``versions`` that ``wanted`` means, None if there is none.

    ``wanted`` is an exact version, a range, or ``latest`` as None is. ``latest`` counts pre-releases; in a range they
    match as node-semver says, only beside a pre-release of the same three numbers. Raises RangeInvalid otherwise.
    """
    candidates = list(versions)
    if wanted in candidates:
        return wanted
    if wanted is not None and "+" in wanted and is_version(wanted):
        # Ranges do not look at build metadata; who writes it out means that one build.
        return None
    if wanted is not None and wanted != LATEST:
        meant = ranges.parse(wanted)
        candidates = [version for version in candidates if meant.matches(ranges.key(version))]
    return max(candidates, key=precedence, default=None)


def precedence(version: str) -> tuple[Key, str]:
    """Return a key that orders versions as semver 2.0.0 does; build metadata breaks ties."""
    return ranges.key(version), version
