"""A batch: entries in, one commit, effects out."""

from collections.abc import Iterable, Sequence
from itertools import islice

from django.db import transaction
from django.utils.timezone import now as wall_clock

from apps.core.processes.outages import DATABASE_UNAVAILABLE
from apps.workflows.engine.apply import advance, apply
from apps.workflows.engine.commands import apply_command
from apps.workflows.engine.entries import Command, Entry, Kind
from apps.workflows.engine.run import Change
from apps.workflows.engine.states import WorkflowState
from apps.workflows.live.client import LiveRedis
from apps.workflows.scheduler import checkpoint, commands, effects, loading, quarantine, reading
from apps.workflows.scheduler.cache import WorkflowCache
from apps.workflows.scheduler.checkpoint import Batch, LeadershipLost
from apps.workflows.scheduler.effects import Operation
from apps.workflows.scheduler.positions import position
from apps.workflows.scheduler.timers import Timers

# One script's run, during which Redis serves nobody else: some milliseconds.
MAX_OPERATIONS_PER_CALL = 500
# Half a second of the leader's time, far less than its lease. One entry may change more: a workflow has up to 10,000 jobs.
MAX_JOBS_PER_BATCH = 10_000


class BatchProcessor:
    """The state of one term of leadership, and the path of a batch through it.

    Any error that leaves the memory in doubt is the caller's sign to throw this object away.
    """

    def __init__(self, live: LiveRedis, *, epoch: int, generation: int, start: str, dispatched: str, state_ttl: int):
        self.live = live
        self.epoch = epoch
        self.generation = generation
        self.position = start
        self.dispatched = dispatched
        self.state_ttl = state_ttl
        self.timers = Timers()
        self.graphs = loading.Graphs()
        self.workflows = WorkflowCache()

    def process(self, items: Sequence[reading.Item], *, send: bool = True) -> int:
        """Apply, commit, send. What cannot be applied or stored is quarantined and the rest goes on.

        Returns how many of them it did, from the first on: what is too much for one batch is to be read again.
        """
        try:
            items = self._within_bounds(items)
            batch, unknown = self._apply(items)
            self._commit(batch)
        except (LeadershipLost, *DATABASE_UNAVAILABLE):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is quarantined where people see it
            self._drop(items)
            if len(items) == 1:
                self._quarantine(items[0], error, send=send)
                return 1
            return sum(self.process([item], send=send) for item in items)
        if send:
            self.send([*self._effects(batch), *unknown])
        self._after(batch)
        return batch.entries

    def send(self, operations: Iterable[Operation]) -> None:
        """Send effects. Raises LeadershipLost when another leads, Closed when Redis is not this leader's any more."""
        rest = iter(operations)
        while chunk := list(islice(rest, MAX_OPERATIONS_PER_CALL)):
            answer = self.live.script("effects", [self.epoch, *(part for operation in chunk for part in operation)])
            if answer == b"leadership_lost":
                raise LeadershipLost

    def sent(self) -> None:
        """Note that all effects up to the present position have been sent."""
        self.dispatched = self.position

    # -- inside ---------------------------------------------------------------------------------

    def _missing(self, items: Iterable[reading.Item]) -> list[str]:
        """Return the workflows that have to be loaded, in their order."""
        workflows = dict.fromkeys(fields[b"w"].decode() for _, fields in items)
        return [workflow for workflow in workflows if workflow not in self.workflows]

    def _within_bounds(self, items: Sequence[reading.Item]) -> Sequence[reading.Item]:
        """Return the first of the items, as many as have workflows that may be loaded at once."""
        missing = self._missing(items)
        # One has to be loaded whatever its size is.
        jobs = loading.sizes(missing, self.graphs) if len(missing) > 1 else {}
        total = 0
        for place, (_, fields) in enumerate(items):
            total += jobs.pop(fields[b"w"].decode(), 0)
            if total > MAX_JOBS_PER_BATCH and place:
                return items[:place]
        return items

    def _apply(self, items: Sequence[reading.Item]) -> tuple[Batch, list[Operation]]:
        """Apply them, until one batch has enough."""
        entries = [reading.decode(item, self.generation) for item in items]
        self.workflows.add(loading.load(self._missing(items), self.graphs).values())
        by_id = commands.load(entry.data for entry in entries if entry.kind is Kind.COMMAND)
        batch = Batch()
        unknown: list[Operation] = []
        jobs = 0
        for entry in entries:
            if jobs > MAX_JOBS_PER_BATCH:
                break
            batch.position = entry.position
            batch.entries += 1
            workflow = self.workflows.get(entry.workflow)
            if workflow is None:
                # Nothing in SQL has this id: a start that was rolled back, or a deleted workflow.
                unknown.append(effects.unhold(entry.workflow, entry.stream_id))
                continue
            change = batch.changes.get(workflow.id)
            if change is None:
                change = batch.changes[workflow.id] = Change(workflow, fresh=not workflow.stored)
            before = len(change.jobs)
            _apply_one(change, entry, batch, by_id)
            jobs += len(change.jobs) - before
        return batch, unknown

    def _commit(self, batch: Batch) -> None:
        checkpoint.commit(
            batch, epoch=self.epoch, old_position=self.position, dispatched=self.dispatched, now=wall_clock()
        )
        self.position = batch.position

    def _effects(self, batch: Batch) -> Iterable[Operation]:
        for change in batch.changes.values():
            yield from effects.of_change(change, self.state_ttl)
        for command_id in batch.results:
            yield ("result", command_id)

    def _after(self, batch: Batch) -> None:
        self.sent()
        for change in batch.changes.values():
            workflow = change.workflow
            for due_at, index, attempt in change.timers:
                name = "" if index is None else workflow.graph.steps[index].name
                self.timers.add(due_at, workflow.id, name, attempt)
            if workflow.ended or not workflow.busy:
                # It ended, or only waits: its next entry or timer loads it again.
                self.workflows.drop(workflow.id)
        self.workflows.shrink()

    def _drop(self, items: Sequence[reading.Item]) -> None:
        """Forget what a failed batch may have half changed."""
        for _, fields in items:
            self.workflows.drop(fields.get(b"w", b"").decode(errors="replace"))

    def _quarantine(self, item: reading.Item, error: Exception, *, send: bool) -> None:
        place = position(self.generation, item[0].decode())
        if send:
            # Before the commit: an entry that is read again says it again, and that applies once.
            self.send(quarantine.instead_of(item))
        with transaction.atomic():
            self._commit(Batch(position=place))
            ended = quarantine.store(item, place, error, wall_clock())
        if ended and send:
            self.send([("finish", quarantine.fields_of(item)["w"], WorkflowState.FAILED, self.state_ttl)])


def _apply_one(change: Change, entry: Entry, batch: Batch, by_id: dict[str, Command]) -> None:
    if entry.kind is not Kind.COMMAND:
        apply(change, entry)
        return
    change.command = entry.stream_id
    command = by_id.pop(entry.data, None)
    if command is None:
        advance(change, entry)
    else:
        batch.results[command.id] = apply_command(change, entry, command)
