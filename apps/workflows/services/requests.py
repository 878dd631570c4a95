"""What may be asked for, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class StartRequest:
    """What to start. ``version`` is exact or a range; ``priority`` ``None`` means the template's own.

    ``hops``: how many workflows led to it, each by an event that a trigger took.
    """

    template_id: str
    version: str | None = None
    input: Any = None
    priority: float | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    hops: int = 0
