"""A batch: entries in, one commit, effects out."""

from collections.abc import Iterable, Sequence
from itertools import islice

from django.db import transaction
from django.utils.timezone import now as wall_clock

from apps.core.outages import DATABASE_AWAY
from apps.workflows.engine.apply import advance, apply
from apps.workflows.engine.entries import Kind
from apps.workflows.engine.memory import Change, WorkflowMemory
from apps.workflows.engine.orders import obey
from apps.workflows.engine.states import WorkflowState
from apps.workflows.live.client import LiveRedis
from apps.workflows.scheduler import aside, checkpoint, commands, effects, loading, reading
from apps.workflows.scheduler.checkpoint import Batch, Deposed
from apps.workflows.scheduler.effects import Operation
from apps.workflows.scheduler.positions import position
from apps.workflows.scheduler.timers import Timers

# One script's run, during which Redis serves nobody else: some milliseconds.
OPERATIONS_A_CALL = 500


class Processor:
    """The memory of a term of leading, and the way of a batch through it.

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
        self.workflows: dict[str, WorkflowMemory] = {}

    def process(self, items: Sequence[reading.Item], *, send: bool = True) -> None:
        """Apply, commit, send. What cannot be applied or stored is set aside and the rest goes on."""
        try:
            batch, unknown = self._apply(items)
            self._commit(batch)
        except (Deposed, *DATABASE_AWAY):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is set aside where people see it
            self._drop(items)
            if len(items) == 1:
                self._set_aside(items[0], error, send=send)
                return
            for item in items:
                self.process([item], send=send)
            return
        if send:
            self.send([*self._effects(batch), *unknown])
        self._after(batch)

    def send(self, operations: Iterable[Operation]) -> None:
        """Send effects. Raises Deposed when another leads, Closed when Redis is not this leader's any more."""
        rest = iter(operations)
        while chunk := list(islice(rest, OPERATIONS_A_CALL)):
            answer = self.live.script("effects", [self.epoch, *(part for operation in chunk for part in operation)])
            if answer == b"deposed":
                raise Deposed

    def sent(self) -> None:
        """All effects up to the present position have gone out."""
        self.dispatched = self.position

    # -- inside ---------------------------------------------------------------------------------

    def _apply(self, items: Sequence[reading.Item]) -> tuple[Batch, list[Operation]]:
        entries = [reading.decode(item, self.generation) for item in items]
        missing = dict.fromkeys(entry.workflow for entry in entries if entry.workflow not in self.workflows)
        if missing:
            self.workflows |= loading.load(list(missing), self.graphs)
        orders = commands.load(entry.data for entry in entries if entry.kind is Kind.COMMAND)
        batch = Batch(position=entries[-1].position)
        unknown: list[Operation] = []
        for entry in entries:
            workflow = self.workflows.get(entry.workflow)
            if workflow is None:
                # Nothing in SQL has this id: a start that was rolled back, or a deleted workflow.
                unknown.append(effects.unhold(entry.workflow, entry.stream_id))
                continue
            change = batch.changes.get(workflow.id)
            if change is None:
                change = batch.changes[workflow.id] = Change(workflow, fresh=not workflow.stored)
            if entry.kind is not Kind.COMMAND:
                apply(change, entry)
                continue
            change.act = entry.stream_id
            order = orders.pop(entry.data, None)
            if order is None:
                advance(change, entry)
            else:
                batch.answers[order.id] = obey(change, entry, order)
        return batch, unknown

    def _commit(self, batch: Batch) -> None:
        checkpoint.commit(
            batch, epoch=self.epoch, old_position=self.position, dispatched=self.dispatched, now=wall_clock()
        )
        self.position = batch.position

    def _effects(self, batch: Batch) -> Iterable[Operation]:
        for change in batch.changes.values():
            yield from effects.of_change(change, self.state_ttl)
        for command_id in batch.answers:
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
                self.workflows.pop(workflow.id, None)

    def _drop(self, items: Sequence[reading.Item]) -> None:
        """Forget what a failed batch may have half changed."""
        for _, fields in items:
            self.workflows.pop(fields.get(b"w", b"").decode(errors="replace"), None)

    def _set_aside(self, item: reading.Item, error: Exception, *, send: bool) -> None:
        place = position(self.generation, item[0].decode())
        if send:
            # Before the commit: an entry that is read again says it again, and that applies once.
            self.send(aside.instead_of(item))
        with transaction.atomic():
            self._commit(Batch(position=place))
            ended = aside.store(item, place, error, wall_clock())
        if ended and send:
            self.send([("finish", aside.fields_of(item)["w"], WorkflowState.FAILED, self.state_ttl)])
