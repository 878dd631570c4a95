"""The scheduler as steps: each ``tick`` does what is due and says what it did."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import redis
from django.db import OperationalError, close_old_connections
from django.utils import timezone

from apps.workflows.engine.entries import Kind
from apps.workflows.live import keys
from apps.workflows.live.client import Closed, LiveRedis
from apps.workflows.scheduler import leadership, reading, upkeep
from apps.workflows.scheduler.batches import Processor
from apps.workflows.scheduler.checkpoint import LEADER_LEASE, Deposed
from apps.workflows.scheduler.leadership import Term
from apps.workflows.scheduler.positions import stream_id
from apps.workflows.scheduler.recovery import Opening

logger = logging.getLogger(__name__)

# Entries of one batch: about 2,000 rows.
ENTRIES_A_BATCH = 400
# A batch of nothing but claims waits this long for company: most jobs are over soon after.
CLAIMS_WAIT = timedelta(milliseconds=20)
LONGEST_BLOCK = timedelta(milliseconds=200)
RENEW_EVERY = LEADER_LEASE / 4
LOOK_FOR_LOST_EVERY = timedelta(seconds=5)
TRIM_EVERY = timedelta(seconds=30)
_CLAIMED = Kind.CLAIMED.value.encode()


@dataclass(frozen=True, slots=True)
class TickResult:
    """``leads`` and ``is_open`` tell the state afterwards, ``entries`` how many were applied."""

    leads: bool
    is_open: bool
    entries: int = 0


class _Every:
    """Says when a thing is due again."""

    def __init__(self, interval: timedelta) -> None:
        self.interval = interval
        self.next: datetime | None = None

    def due(self, now: datetime) -> bool:
        if self.next is not None and now < self.next:
            return False
        self.next = now + self.interval
        return True


class Scheduler:
    """One candidate for the lead of the shard. ``name`` is unique to the process."""

    def __init__(
        self,
        name: str,
        live: LiveRedis,
        *,
        lease_seconds: float,
        state_ttl: int,
        clock: Callable[[], datetime] = timezone.now,
    ) -> None:
        self.name = name
        self.live = live
        self.clock = clock
        self.lease = timedelta(seconds=lease_seconds)
        self.state_ttl = state_ttl
        self.sweep = upkeep.Sweep(self.lease)
        self.term: Term | None = None
        self.processor: Processor | None = None

    # -- one step -------------------------------------------------------------------------------

    def tick(self) -> TickResult:
        """Campaign, open, or run a batch. Faults of the parts are met here; those of our own come out."""
        now = self.clock()
        try:
            if self.term is None and not self._campaign():
                return TickResult(leads=False, is_open=False)
            if self.processor is None and not self._open(now):
                return TickResult(leads=True, is_open=False)
            return TickResult(leads=True, is_open=True, entries=self._work(now))
        except Deposed:
            logger.warning("Another scheduler leads")
            self._stand_down()
        except OperationalError as error:
            logger.warning("The database is away: %s", error)
            self._stand_down()
            close_old_connections()
        except Closed:
            logger.warning("Redis was emptied or opened by another leader")
            self.processor = None
            self._retake()
        except redis.RedisError as error:
            logger.warning("Redis is away: %s", error)
            self.processor = None
            self._retake()
        return TickResult(leads=self.term is not None, is_open=False)

    def resign(self) -> None:
        """Let another lead at once."""
        if self.term is not None:
            leadership.resign(self.term.epoch)
        self._stand_down()

    # -- leading --------------------------------------------------------------------------------

    def _campaign(self) -> bool:
        self.term = leadership.campaign(self.name)
        self._renewal = _Every(RENEW_EVERY)
        if self.term is not None:
            logger.info("Leading with epoch %s", self.term.epoch)
        return self.term is not None

    def _retake(self) -> None:
        """After a fault of Redis: the shard's row is read again with a new epoch."""
        self.term = None
        try:
            self._campaign()
        except OperationalError:
            close_old_connections()

    def _stand_down(self) -> None:
        self.term = None
        self.processor = None

    def _open(self, now: datetime) -> bool:
        assert self.term is not None
        if self._renewal.due(now):
            leadership.renew(self.term.epoch)
        lease_ms = int(self.lease.total_seconds() * 1000)
        opening = Opening(self.live, self.term, lease_ms=lease_ms, state_ttl=self.state_ttl)
        self.processor = opening.open()
        self.term = opening.term
        seconds, micros = self.live.redis.time()
        self._clock_offset = datetime.fromtimestamp(seconds + micros / 1e6, UTC) - self.clock()
        # Whoever was cut off gets a whole lease to come back and renew.
        self._reap_from = now + self.lease
        self._tail_reached = False
        self._lost, self._trim, self._second = _Every(LOOK_FOR_LOST_EVERY), _Every(TRIM_EVERY), _Every(RENEW_EVERY)
        self._trimming = upkeep.Trimming()
        logger.info("Redis is open with generation %s", self.processor.generation)
        return True

    # -- working --------------------------------------------------------------------------------

    def _work(self, now: datetime) -> int:
        processor = self.processor
        assert processor is not None
        assert self.term is not None
        if self._second.due(now):
            self._every_second(processor, now)
        if self._tail_reached:
            self._fire_timers(processor, now)
        items = self._read(processor, now)
        if items:
            processor.process(items)
        else:
            self._tail_reached = True
        return len(items)

    def _every_second(self, processor: Processor, now: datetime) -> None:
        assert self.term is not None
        leadership.renew(self.term.epoch)
        if self.live.redis.get(keys.open_mark()) != self.live.opened.encode():
            raise Closed
        if now >= self._reap_from:
            upkeep.reap(processor)
        if self._lost.due(now):
            upkeep.append_lost(processor, now)
        self.sweep.step(processor, now)
        if self._trim.due(now):
            self._trimming.step(processor, now, stream_id(processor.position))

    def _fire_timers(self, processor: Processor, now: datetime) -> None:
        """Timers wait until the journal was read to its tail: a report that is in it goes first."""
        processor.timers.load(now)
        due = list(processor.timers.pop_due(now + self._clock_offset))
        if due:
            processor.send(("timer", workflow, job, attempt, at.isoformat()) for at, workflow, job, attempt in due)

    def _read(self, processor: Processor, now: datetime) -> list[reading.Item]:
        block = self._block(processor, now)
        after = stream_id(processor.position)
        items = self._next(processor, after, block)
        deadline = self.clock() + CLAIMS_WAIT
        while items and all(fields[b"k"] == _CLAIMED for _, fields in items):
            left = deadline - self.clock()
            if left <= timedelta(milliseconds=1):
                break
            items += self._next(processor, items[-1][0].decode(), left)
        return items

    def _next(self, processor: Processor, after: str, block: timedelta) -> list[reading.Item]:
        # BLOCK 0 would wait for ever.
        block_ms = max(1, int(block.total_seconds() * 1000))
        return reading.read(self.live, processor.generation, after, count=ENTRIES_A_BATCH, block_ms=block_ms)

    @staticmethod
    def _block(processor: Processor, now: datetime) -> timedelta:
        due = processor.timers.next_due()
        return LONGEST_BLOCK if due is None else max(timedelta(0), min(LONGEST_BLOCK, due - now))
