"""A reconciler on pods in memory and on work that the test writes."""

from datetime import timedelta

from apps.pods.backends.memory import MemoryBackend
from apps.pods.models import PodPool
from apps.pods.reconciler.loop import Reconciler, ReconcilerConfig
from apps.pods.spec.site_environment import SiteEnvironment
from tests.support.workload import Clock, WrittenWorkload

LEASE = timedelta(seconds=15)
CONFIG = ReconcilerConfig(shared=SiteEnvironment({}), executor_lease=LEASE, idle_seconds=60)


class Rig:
    """A reconciler, its world, and the clock of both."""

    def __init__(self, clock: Clock, workload: WrittenWorkload, backend: MemoryBackend | None = None) -> None:
        self.clock, self.workload = clock, workload
        self.backend = backend or MemoryBackend(clock)
        self.reconciler = self.new("one")
        PodPool.objects.create(name="default")

    def new(self, holder: str) -> Reconciler:
        return Reconciler(holder, self.backend, self.workload, CONFIG, monotonic=self.clock.seconds)

    def ticks(self, count: int, seconds: float = 1.0) -> None:
        for _ in range(count):
            self.clock.pass_by(seconds)
            self.reconciler.tick(self.clock.now)

    def names(self) -> list[str]:
        return [pod.name for pod in self.backend.observe() if not pod.stopping]

    def set(self, **fields: object) -> None:
        PodPool.objects.filter(name="default").update(**fields)

    def come_up(self, count: int) -> None:
        """So many pods, ready, by hand; and all is known of them."""
        self.set(scale_to=count, starts_at_once=count or 1)
        self.ticks(5)
        self.ticks(3, seconds=20)
        assert len(self.names()) == count
