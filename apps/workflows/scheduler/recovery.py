"""Opening Redis: go on in the generation that is there, or build a new one from SQL."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.workflows.engine.states import WORKFLOW_ENDED
from apps.workflows.live import keys
from apps.workflows.live.client import LiveRedis, as_text
from apps.workflows.models import Shard, Workflow
from apps.workflows.scheduler import effects, leadership, loading, reading
from apps.workflows.scheduler.batches import MAX_JOBS_PER_BATCH, BatchProcessor
from apps.workflows.scheduler.checkpoint import LeadershipLost
from apps.workflows.scheduler.leadership import LeadershipTerm
from apps.workflows.scheduler.positions import position, stream_id

logger = logging.getLogger(__name__)
WORKFLOWS_A_TIME = 200
ENTRIES_A_TIME = 400


class Opening:
    """One leader's opening of one run of Redis. It may take longer than the lease, which is prolonged meanwhile."""

    def __init__(self, live: LiveRedis, term: LeadershipTerm, *, lease: timedelta, state_ttl: int) -> None:
        self.live = live
        self.term = term
        self.lease_ms = int(lease.total_seconds() * 1000)
        self.state_ttl = state_ttl

    def open(self) -> BatchProcessor:
        """Return a processor that may read on. Raises LeadershipLost, and Redis' errors as they come."""
        self.live.forget()
        run_id = self.live.run_id
        self._overtake()
        self._lead()
        mark = f"{run_id}:{self.term.generation}"
        if self._goes_on(run_id, mark):
            self.live.opened = mark
            processor = self._processor(self.term.generation, self.term.position, self.term.dispatched_position)
            changed = Q(position__gt=self.term.dispatched_position)
            self._send_again(processor, Workflow.objects.filter(changed))
        else:
            processor = self._rebuild(run_id)
        processor.sent()
        return processor

    def _overtake(self) -> None:
        """Raise the epoch beyond that of Redis, which is higher after a database went back in time."""
        known = int(self.live.redis.get(keys.epoch()) or 0)
        if known > self.term.epoch:
            self.term = replace(self.term, epoch=leadership.raise_epoch(self.term.epoch, known + 1))

    def _lead(self, *operations: tuple[str, str, str]) -> None:
        """Run operations as the leader. Raises LeadershipLost when another one is."""
        parts = [part for operation in operations for part in operation]
        if self.live.script("lead", [self.term.epoch, *parts]) == b"leadership_lost":
            raise LeadershipLost

    def _goes_on(self, run_id: str, mark: str) -> bool:
        opened, trimmed = self.live.redis.mget(keys.open_mark(), keys.trimmed())
        in_step = as_text(trimmed) <= self.term.position
        return self.term.redis_run_id == run_id and as_text(opened) == mark and in_step

    def _rebuild(self, run_id: str) -> BatchProcessor:
        """Close, apply what is left of the old journal, build the next generation, open it last."""
        self._lead(("drop", keys.open_mark(), ""))
        old = self.term.generation
        if self.term.position:
            self._finish_old(self._processor(old, self.term.position, self.term.dispatched_position))
        generation = old + 1
        logger.warning("live_state_rebuild_started", extra={"generation": generation})
        new = str(generation)
        self._drop(lambda found: found == new)
        mark = f"{run_id}:{generation}"
        self._lead(("set", keys.building(), mark))
        self.live.opened = mark
        processor = self._processor(generation, position(generation), position(generation))
        self._send_again(processor, Workflow.objects.exclude(state__in=WORKFLOW_ENDED))
        self._republish_ends(processor)
        self._commit(run_id, generation)
        self._lead(("drop", keys.trimmed(), ""), ("open", keys.building(), mark))
        self._drop(lambda found: found != new)
        return processor

    def _finish_old(self, processor: BatchProcessor) -> None:
        """Apply what Redis still has of the old journal. Closed, it does not grow any more."""
        while True:
            after = stream_id(processor.position)
            items = reading.read(self.live, processor.generation, after, count=ENTRIES_A_TIME, block_ms=None)
            if not items:
                return
            processor.process(items, send=False)

    def _send_again(self, processor: BatchProcessor, workflows: QuerySet[Workflow]) -> None:
        ids = [str(pk) for pk in workflows.filter(shard=keys.SHARD).values_list("pk", flat=True)]
        for some in loading.portions(ids, processor.graphs, MAX_JOBS_PER_BATCH):
            leadership.renew(self.term.epoch)
            runs = loading.load(some, processor.graphs).values()
            outcomes = loading.still_read(runs)
            for run in runs:
                processor.send(effects.of_workflow(run, outcomes[run.id], self.lease_ms, self.state_ttl))
                if processor.position:
                    processor.send([effects.unhold(run.id, stream_id(processor.position), run.graph.pools)])

    def _republish_ends(self, processor: BatchProcessor) -> None:
        """Correct the contract's keys of workflows that have ended: Redis may have come back from before their end."""
        names = [as_text(name) for name in self.live.redis.scan_iter(match=keys.workflow_state("*"), count=1000)]
        for start in range(0, len(names), WORKFLOWS_A_TIME):
            leadership.renew(self.term.epoch)
            ids = list(filter(_is_id, (name.split(":")[1] for name in names[start : start + WORKFLOWS_A_TIME])))
            ended = Workflow.objects.ended().filter(pk__in=ids).values_list("pk", "state")
            processor.send(("finish", str(pk), state, self.state_ttl) for pk, state in ended)

    def _commit(self, run_id: str, generation: int) -> None:
        moved = Shard.objects.filter(pk=keys.SHARD, epoch=self.term.epoch).update(
            generation=generation,
            redis_run_id=run_id,
            position=position(generation),
            dispatched_position=position(generation),
        )
        if not moved:
            raise LeadershipLost

    def _drop(self, doomed: Callable[[str], bool]) -> None:
        """Drop the keys of generations. A Redis that went back may hold older ones than the last."""
        names = [
            name
            for pattern in keys.of_generations()
            for name in map(as_text, self.live.redis.scan_iter(match=pattern, count=1000))
            if doomed(keys.generation_in(name))
        ]
        for start in range(0, len(names), 1000):
            leadership.renew(self.term.epoch)
            self._lead(*(("drop", name, "") for name in names[start : start + 1000]))

    def _processor(self, generation: int, start: str, dispatched: str) -> BatchProcessor:
        return BatchProcessor(
            self.live,
            epoch=self.term.epoch,
            generation=generation,
            start=start,
            dispatched=dispatched,
            state_ttl=self.state_ttl,
        )


def _is_id(text: str) -> bool:
    """Return whether this is an id of ours: others may keep keys in the same database."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
