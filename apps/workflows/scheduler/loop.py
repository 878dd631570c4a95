"""The scheduler as steps: each ``tick`` does what is due and says what it did."""

import logging
import time
from dataclasses import dataclass
from datetime import timedelta

import redis
from django.db import close_old_connections
from django.utils import timezone

from apps.core.processes.outages import DATABASE_UNAVAILABLE
from apps.workflows.live.client import Closed, LiveRedis
from apps.workflows.scheduler import leadership, upkeep
from apps.workflows.scheduler.checkpoint import LeadershipLost
from apps.workflows.scheduler.leader_loop import Clock, LeaderLoop, Sleep
from apps.workflows.scheduler.recovery import Opening

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SchedulerTick:
    """The result of a tick: whether this scheduler leads an open Redis, and how many entries it applied."""

    is_open: bool
    entries: int = 0


class Scheduler:
    """One candidate for the lead of the shard. ``name`` is unique to the process.

    The state of a leader loop is thrown away at every fault: SQL has all of it.
    """

    def __init__(
        self,
        name: str,
        live: LiveRedis,
        *,
        lease_seconds: float,
        state_ttl: int,
        clock: Clock = timezone.now,
        sleep: Sleep = time.sleep,
    ) -> None:
        self.name = name
        self.live = live
        self.clock = clock
        self.sleep = sleep
        self.lease = timedelta(seconds=lease_seconds)
        self.state_ttl = state_ttl
        self.sweep = upkeep.Sweep(self.lease)
        self.leader_loop: LeaderLoop | None = None

    def tick(self) -> SchedulerTick:
        """Take the lead, or run a batch. Faults of the parts are met here; those of our own come out."""
        try:
            if self.leader_loop is None:
                self.leader_loop = self._take_lead()
            if self.leader_loop is not None:
                return SchedulerTick(is_open=True, entries=self.leader_loop.tick())
        except LeadershipLost:
            logger.warning("leadership_lost", extra={"scheduler": self.name})
        except DATABASE_UNAVAILABLE as error:
            logger.warning("database_unavailable", extra={"error": str(error)})
            close_old_connections()
        except Closed:
            logger.warning("live_state_closed", extra={"scheduler": self.name})
        except redis.RedisError as error:
            logger.warning("redis_unavailable", extra={"error": str(error)})
        self.leader_loop = None
        return SchedulerTick(is_open=False)

    def resign(self) -> None:
        """Let another lead at once; after the lease, if the database is away."""
        if self.leader_loop is None:
            return
        try:
            leadership.resign(self.leader_loop.processor.epoch)
        except DATABASE_UNAVAILABLE as error:
            logger.warning("lease_release_failed", extra={"error": str(error)})
        self.leader_loop = None

    def _take_lead(self) -> LeaderLoop | None:
        term = leadership.acquire(self.name)
        if term is None:
            return None
        processor = Opening(self.live, term, lease=self.lease, state_ttl=self.state_ttl).open()
        extra = {"scheduler": self.name, "epoch": processor.epoch, "generation": processor.generation}
        logger.info("leadership_acquired", extra=extra)
        return LeaderLoop(processor, self.sweep, lease=self.lease, clock=self.clock, sleep=self.sleep)
