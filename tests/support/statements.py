"""How many statements something costs, on all databases together."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from django.db import connections
from django.test.utils import CaptureQueriesContext


@dataclass
class Count:
    """The statements of a block; ``number`` once it has ended."""

    captured: list[CaptureQueriesContext] = field(default_factory=list)

    @property
    def number(self) -> int:
        return sum(len(one) for one in self.captured)

    @property
    def texts(self) -> list[str]:
        return [query["sql"] for one in self.captured for query in one.captured_queries]


@contextmanager
def counted() -> Iterator[Count]:
    with ExitStack() as stack:
        yield Count([stack.enter_context(CaptureQueriesContext(connections[alias])) for alias in connections])
