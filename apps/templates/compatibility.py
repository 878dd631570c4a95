"""Is a change from one document to the next breaking? Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Change:
    """What is different at ``pointer``, and which kind of update says so."""

    pointer: str
    message: str
    needs: Literal["patch", "minor", "major"]


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """What others who rely on ``old`` will notice, each with the update that it needs."""
    return []
