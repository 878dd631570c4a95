"""Requests to the services, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class StartRequest:
    """A workflow to start."""

    template_id: str
    # Exact, or a range: the newest published match. None: the newest of all.
    version: str | None = None
    # JSON that fits the template's inputSchema.
    input: Any = None
    # Higher goes first. None: the template's own.
    priority: float | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    # Workflows that led to it, each by an event that a trigger took.
    hops: int = 0
