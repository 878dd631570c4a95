"""Upkeep between batches, each task at its own interval: leases, lost entries, the sweep, trimming."""

import logging
from collections import deque
from datetime import datetime, timedelta
from uuid import UUID

from apps.workflows.engine.commands import OUTSIDE
from apps.workflows.engine.states import JobStatus, WorkflowState
from apps.workflows.live import keys
from apps.workflows.live.journal import COMMAND, START
from apps.workflows.models import Command, IdempotencyKey, Job, Workflow
from apps.workflows.scheduler import effects, loading
from apps.workflows.scheduler.batches import BatchProcessor
from apps.workflows.scheduler.checkpoint import LeadershipLost
from apps.workflows.scheduler.positions import position

logger = logging.getLogger(__name__)

# A command's own append comes right after its commit; older ones got lost on the way.
LOST_AFTER = timedelta(seconds=2)
MAX_LOST_PER_STEP = 500
MAX_SWEPT_PER_STEP = 200
MAX_REAPED_PER_STEP = 200
MAX_KEYS_PER_STEP = 500
# A database that goes back in time goes back less than this, or the journal cannot help it.
KEEP = timedelta(minutes=10)
# A long journal is cut earlier, so that it stays in memory.
LONG_JOURNAL = 300_000
KEEP_LONG = timedelta(seconds=30)


def reap(processor: BatchProcessor) -> int:
    """End the leases that ran out; their jobs get a ``lost`` entry. Returns how many."""
    return _checked(processor.live.script("reap", [processor.epoch, MAX_REAPED_PER_STEP]))


def append_lost(processor: BatchProcessor, now: datetime) -> int:
    """Journal starts and commands whose own append never came. Twice is harmless: each applies once."""
    before = now - LOST_AFTER
    starts = Workflow.objects.filter(shard=keys.SHARD, state=WorkflowState.INITIALIZED, created_at__lt=before)
    unapplied = Command.objects.unapplied().filter(created_at__lt=before).order_by("created_at")
    entries = [
        (START, str(pk), "") for pk in starts.order_by("created_at").values_list("pk", flat=True)[:MAX_LOST_PER_STEP]
    ]
    pairs = unapplied.values_list("workflow_id", "pk")[:MAX_LOST_PER_STEP]
    entries += [(COMMAND, str(workflow), str(pk)) for workflow, pk in pairs]
    if entries:
        processor.live.script("append", [part for entry in entries for part in entry])
    return len(entries)


def delete_idempotency_keys(now: datetime) -> int:
    """Delete keys that are kept no longer, some at a time. Returns how many."""
    old = IdempotencyKey.objects.expired(now).values_list("pk", flat=True)
    deleted, _ = IdempotencyKey.objects.filter(pk__in=list(old[:MAX_KEYS_PER_STEP])).delete()
    return deleted


class Sweep:
    """A slow comparison of what SQL calls live with Redis. ``repairs`` stays 0 while Redis keeps its data."""

    def __init__(self, lease: timedelta) -> None:
        self.repairs = 0
        self._lease = lease
        self._after = 0

    def step(self, processor: BatchProcessor, now: datetime) -> None:
        rows = self._next(now)
        if not rows:
            return
        flat = [
            part
            for _, workflow, job, status, attempt, claim in rows
            for part in (status, str(workflow), job, attempt, claim)
        ]
        answer = processor.live.script("sweep", [processor.epoch, *flat])
        if answer == b"leadership_lost":
            raise LeadershipLost
        for place in answer:
            _, workflow, job, status, attempt, _ = rows[int(place)]
            self.repairs += 1
            extra = {"workflow_id": str(workflow), "job_id": job, "attempt": attempt, "status": status}
            logger.warning("job_repaired", extra=extra)
            if status == JobStatus.QUEUED:
                _enqueue_again(processor, str(workflow), job)

    def _next(self, now: datetime) -> list[tuple[int, UUID, str, str, int, str]]:
        live = Job.objects.filter(status__in=[JobStatus.QUEUED, JobStatus.RUNNING], pk__gt=self._after)
        old = live.filter(queued_at__lt=now - self._lease).exclude(claim__startswith=OUTSIDE).order_by("pk")
        rows = list(old.values_list("pk", "workflow_id", "job_id", "status", "attempt", "claim")[:MAX_SWEPT_PER_STEP])
        self._after = rows[-1][0] if len(rows) == MAX_SWEPT_PER_STEP else 0
        return rows


def _enqueue_again(processor: BatchProcessor, workflow_id: str, job: str) -> None:
    run = processor.workflows.get(workflow_id) or loading.load([workflow_id], processor.graphs)[workflow_id]
    run.laid_out.clear()
    run.base_sent = False
    outcomes = loading.still_read([run])[workflow_id]
    processor.send(effects.outcome(run, index, value) for index, value in outcomes.items())
    processor.send(effects.enqueue(run, [run.graph.index[job]]))


class Trimming:
    """Trimming of the journal behind what was committed ten minutes ago."""

    def __init__(self) -> None:
        self._committed: deque[tuple[datetime, str]] = deque()

    def step(self, processor: BatchProcessor, now: datetime, stream_id: str) -> None:
        self._committed.append((now, stream_id))
        journal = keys.journal(processor.generation)
        keep = KEEP_LONG if int(processor.live.redis.xlen(journal)) > LONG_JOURNAL else KEEP
        old = None
        while self._committed and self._committed[0][0] < now - keep:
            old = self._committed.popleft()[1]
        if old is None:
            return
        # Noted before it is cut: a database behind the note is known to have gone back.
        noted = ("set", keys.trimmed(), position(processor.generation, old))
        if processor.live.script("lead", [processor.epoch, *noted, "trim", journal, old]) == b"leadership_lost":
            raise LeadershipLost


def _checked(answer: int) -> int:
    if answer < 0:
        raise LeadershipLost
    return answer
