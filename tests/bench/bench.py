"""What every measurement is given."""

from dataclasses import dataclass, field

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
    _peer_runs: bool = field(default=False, init=False)

    def start_peer(self) -> None:
        """Celery's workers, once; answers when they have run a task."""
        if not self._peer_runs:
            self.processes.start("celery-peer", celery_peer.worker_command())
            self._peer_runs = True
            celery_peer.run_chain(1)
