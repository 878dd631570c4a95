"""Registry of relays: sources of events besides the outbox's own table.

A store that keeps events with its facts, because it shares no transaction with the outbox, registers a relay here: a
function that moves at most so many of them into the outbox and answers how many it moved. It may be killed anywhere:
what it moved may be moved again, under the same event id.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

Relay = Callable[[int], int]

_relays: dict[str, Relay] = {}


def register(name: str, relay: Relay) -> None:
    """Have ``publish_events`` call ``relay`` at each step. Raises ValueError if the name is taken by another."""
    if _relays.setdefault(name, relay) is not relay:
        raise ValueError(f"there is another source named {name}")


def relays() -> Mapping[str, Relay]:
    return MappingProxyType(_relays)
