"""The work of a leader on an open Redis: batches, and what is due between them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apps.workflows.engine.entries import Kind
from apps.workflows.live import keys
from apps.workflows.live.client import Closed
from apps.workflows.scheduler import leadership, reading, upkeep
from apps.workflows.scheduler.batches import BatchProcessor
from apps.workflows.scheduler.checkpoint import LEADER_LEASE
from apps.workflows.scheduler.positions import stream_id

# Entries of one batch: about 2,000 rows.
MAX_ENTRIES_PER_BATCH = 400
# A batch that queues nothing waits this long for more entries: most jobs are over soon after they are claimed.
BATCH_LINGER = timedelta(milliseconds=5)
LINGER_POLL_SECONDS = 0.001
MAX_BLOCK = timedelta(milliseconds=200)
UPKEEP_EVERY = LEADER_LEASE / 4
RECOVER_LOST_EVERY = timedelta(seconds=5)
TRIM_EVERY = timedelta(seconds=30)
DELETE_KEYS_EVERY = timedelta(minutes=1)
_CLAIMED = Kind.CLAIMED.value.encode()


Clock = Callable[[], datetime]
# Takes seconds.
Sleep = Callable[[float], None]


class Every:
    """An interval, and when it is over next."""

    def __init__(self, interval: timedelta) -> None:
        self.interval = interval
        self.next: datetime | None = None

    def due(self, now: datetime) -> bool:
        if self.next is not None and now < self.next:
            return False
        self.next = now + self.interval
        return True


class LeaderLoop:
    """The leader's work on one opening of Redis. Every fault ends it: LeadershipLost, Closed, errors of Redis and SQL."""

    def __init__(
        self, processor: BatchProcessor, sweep: upkeep.Sweep, *, lease: timedelta, clock: Clock, sleep: Sleep
    ) -> None:
        self.processor = processor
        self.live = processor.live
        self.clock = clock
        self.sleep = sleep
        seconds, micros = self.live.redis.time()
        self._offset = datetime.fromtimestamp(seconds + micros / 1e6, UTC) - clock()
        # Whoever was cut off gets a whole lease to come back and renew.
        self._reap_from = clock() + lease
        self._tail_reached = False
        self._sweep = sweep
        self._trimming = upkeep.Trimming()
        self._upkeep, self._lost, self._trim = Every(UPKEEP_EVERY), Every(RECOVER_LOST_EVERY), Every(TRIM_EVERY)
        self._forget = Every(DELETE_KEYS_EVERY)

    def tick(self) -> int:
        """Do what is due, then run one batch. Returns how many entries it had."""
        now = self.clock()
        if self._upkeep.due(now):
            self._run_upkeep(now)
        if self._tail_reached:
            self._fire_timers(now)
        items = self._read(now)
        if items:
            return self.processor.process(items)
        self._tail_reached = True
        return 0

    def _run_upkeep(self, now: datetime) -> None:
        leadership.renew(self.processor.epoch)
        if self.live.redis.get(keys.open_mark()) != self.live.opened.encode():
            raise Closed
        if now >= self._reap_from:
            upkeep.reap(self.processor)
        if self._lost.due(now):
            upkeep.append_lost(self.processor, now)
        self._sweep.step(self.processor, now)
        if self._forget.due(now):
            upkeep.delete_idempotency_keys(now)
        if self._trim.due(now):
            self._trimming.step(self.processor, now, stream_id(self.processor.position))

    def _fire_timers(self, now: datetime) -> None:
        """Journal the timers that are due. Not before the journal was read to its tail: a report that is in it goes first."""
        timers = self.processor.timers
        timers.load(now)
        due = list(timers.pop_due(now + self._offset))
        if due:
            self.processor.send(("timer", workflow, job, attempt, at.isoformat()) for at, workflow, job, attempt in due)

    def _read(self, now: datetime) -> list[reading.Item]:
        items = self._next(stream_id(self.processor.position), self._block(now))
        deadline = self.clock() + BATCH_LINGER
        while items and all(_may_wait(fields) for _, fields in items) and self.clock() < deadline:
            # Not a blocking read: it would answer with each entry by itself.
            self.sleep(LINGER_POLL_SECONDS)
            items += self._next(items[-1][0].decode(), None)
        return items

    def _next(self, after: str, block: timedelta | None) -> list[reading.Item]:
        # BLOCK 0 would wait forever.
        block_ms = None if block is None else max(1, int(block.total_seconds() * 1000))
        return reading.read(self.live, self.processor.generation, after, count=MAX_ENTRIES_PER_BATCH, block_ms=block_ms)

    def _block(self, now: datetime) -> timedelta:
        due = self.processor.timers.next_due()
        return MAX_BLOCK if due is None else max(timedelta(0), min(MAX_BLOCK, due - now - self._offset))


def _may_wait(fields: dict[bytes, bytes]) -> bool:
    """Return whether nobody waits for what follows: from a claim, or a report whose executor has continued already."""
    return fields[b"k"] == _CLAIMED or b"n" in fields
