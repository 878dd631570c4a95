"""Semantic versions: which is newer, and which a range means."""

import re
from collections.abc import Iterable
from functools import lru_cache

import semantic_version
from semantic_version import NpmSpec
from semver import Version

LATEST = "latest"
MAX_LENGTH = 200

_LOOSE_OPERATOR = re.compile(r"(>=|<=|>|<|=|\^|~)\s*v?(?=[0-9xX*])")
_MANY_SPACES = re.compile(r"\s+")


class RangeInvalid(ValueError):
    """The text is neither a version nor a range in node-semver's grammar."""


def is_version(text: str) -> bool:
    """Whether ``text`` is one version of semver 2.0.0, of at most MAX_LENGTH characters."""
    # The library takes the digits of any script.
    return len(text) <= MAX_LENGTH and text.isascii() and Version.is_valid(text)


def newest(versions: Iterable[str], wanted: str | None = None) -> str | None:
    """The newest of ``versions`` that ``wanted`` means, None if there is none.

    ``wanted`` is an exact version, a range, or ``latest`` as None is. ``latest`` counts pre-releases; in a range they
    match as node-semver says, only beside a pre-release of the same three numbers. RangeInvalid if it is none of these.
    """
    candidates = list(versions)
    if wanted in candidates:
        return wanted
    if wanted is not None and wanted != LATEST:
        spec = _range(wanted)
        candidates = [text for text in candidates if spec.match(semantic_version.Version(text))]
    return max(candidates, key=precedence, default=None)


def precedence(version: str) -> tuple[Version, str]:
    """Sorts versions as semver 2.0.0 orders them; build metadata breaks ties, so that the order is total."""
    return (_parse(version), version)


@lru_cache(maxsize=4096)
def _parse(version: str) -> Version:
    return Version.parse(version)


@lru_cache(maxsize=1024)
def _range(text: str) -> NpmSpec:
    if not text.strip() or len(text) > MAX_LENGTH:
        raise RangeInvalid(f"a version or a range of 1 to {MAX_LENGTH} characters is wanted")
    # node-semver also reads ">= 1.0", "~>1.2" and "^v1.2"; the library wants them tight and plain.
    plain = _LOOSE_OPERATOR.sub(r"\1", _MANY_SPACES.sub(" ", text.strip()).replace("~>", "~"))
    try:
        return NpmSpec(plain)
    # The second is how the library fails on a hyphen range between things that are no versions.
    except (ValueError, AttributeError):
        raise RangeInvalid("this is neither a version nor a range such as ^1.2, ~1.2, >=1.0 <2 or latest") from None
