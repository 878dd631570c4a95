"""What every measurement is given."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.bench import celery_peer
from tests.bench.ground import Ground
from tests.bench.processes import Processes
from tests.bench.product import Product


@dataclass(slots=True)
class Bench:
    """``repeat`` is how often each side of a comparison runs; ``quick`` asks for smaller amounts, for a first look."""

    ground: Ground
    processes: Processes
    product: Product
    repeat: int
    quick: bool

    @contextmanager
    def peer(self) -> Iterator[None]:
        """Celery's workers, which have run a task."""
        self.processes.start(celery_peer.worker())
        celery_peer.run_chain(1)
        yield
        self.processes.stop(celery_peer.NAME)
