"""The checkpoint: everything a batch changed, and the journal's position, in one SQL transaction.

Plain SQL, one ``executemany`` a table: the ORM's cost per row would be most of the scheduler's time.
Column names are the models'; ``tests/integration/test_checkpoint.py`` reads the rows back through them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from apps.core.ids import uuid7_hex
from apps.events.envelope import Envelope, of_job, of_workflow
from apps.workflows.engine.entries import CommandResult
from apps.workflows.engine.run import Change, Fact, WorkflowRun
from apps.workflows.live.keys import SHARD
from apps.workflows.scheduler import job_columns

LEADER_LEASE = timedelta(seconds=4)
_plain_values = attrgetter(*job_columns.PLAIN)
_times = attrgetter(*job_columns.TIMES)


class LeadershipLost(Exception):
    """Another scheduler leads, or SQL has another position than this one: stop, and load anew."""


@dataclass(slots=True)
class Batch:
    """Everything that is committed together."""

    # By workflow.
    changes: dict[str, Change] = field(default_factory=dict)
    # By command.
    results: dict[str, CommandResult] = field(default_factory=dict)
    # Of the last entry.
    position: str = ""
    # How many entries it has.
    entries: int = 0


def commit(batch: Batch, *, epoch: int, old_position: str, dispatched: str, now: datetime) -> None:
    """Store a batch. Raises :class:`LeadershipLost` if the shard is not where this leader left it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            _MOVE_SHARD.format(expires=_EXPIRES[connection.vendor].format(seconds=LEADER_LEASE.seconds)),
            (batch.position, dispatched, SHARD, epoch, old_position),
        )
        if not cursor.rowcount:
            raise LeadershipLost
        _BatchWriter(batch).write(cursor, now)
    for change in batch.changes.values():
        change.workflow.stored = True


class _Adapter:
    """Python values as the database's driver wants them; made once a batch, since a batch has many."""

    def __init__(self) -> None:
        self._ops = connection.ops
        self._native_uuid = connection.features.has_native_uuid_field
        # Many rows of a batch share their times.
        self._times: dict[datetime, Any] = {}

    def json(self, value: Any) -> Any:
        return None if value is None else self._ops.adapt_json_value(value, None)

    def time(self, value: datetime | None) -> Any:
        if value is None:
            return None
        adapted = self._times.get(value)
        if adapted is None:
            adapted = self._times[value] = self._ops.adapt_datetimefield_value(value)
        return adapted

    def uuid(self, value: str) -> str:
        return value if self._native_uuid else value.replace("-", "")


class _BatchWriter:
    """One batch's statements."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.changes = list(batch.changes.values())
        self.adapt = _Adapter()

    def write(self, cursor: CursorWrapper, now: datetime) -> None:
        for sql, rows in (
            (_UPDATE_WORKFLOW, self._workflows()),
            (_INSERT_JOB, self._new_jobs()),
            (_UPDATE_JOB, self._jobs()),
            (_END_JOB, self._ended_jobs()),
            (_UPSERT_ATTEMPT, self._attempts()),
            (_LATE_REPORT, self._late()),
            (_INSERT_EVENT, self._events()),
            (_FINISH_COMMAND, self._command_results(now)),
        ):
            if rows:
                cursor.executemany(sql, rows)

    def _workflows(self) -> list[tuple[Any, ...]]:
        return [
            (
                workflow.state,
                workflow.current_job or "",
                len(workflow.jobs),
                workflow.ended_jobs,
                self.adapt.json(workflow.output),
                self.adapt.json(workflow.error),
                self.adapt.time(workflow.started_at),
                self.adapt.time(workflow.finished_at),
                self.adapt.time(workflow.due_at),
                change.position,
                self.adapt.uuid(workflow.id),
            )
            for change in self.changes
            for workflow in (change.workflow,)
        ]

    def _new_jobs(self) -> list[tuple[Any, ...]]:
        rows = []
        for change in self.changes:
            workflow = change.workflow
            if workflow.stored:
                continue
            key, created = self.adapt.uuid(workflow.id), self.adapt.time(workflow.created_at)
            for step in workflow.graph.steps:
                values = (*self._job_values(change, step.index), *self._outcome_values(change, step.index))
                rows.append((key, step.index, step.name, step.name, step.type, created, *values))
        return rows

    def _jobs(self) -> list[tuple[Any, ...]]:
        return [
            (
                *self._job_values(change, index),
                self.adapt.uuid(change.workflow.id),
                change.workflow.graph.steps[index].name,
            )
            for change in self.changes
            if change.workflow.stored
            for index in change.jobs
            if index not in change.outcomes
        ]

    def _ended_jobs(self) -> list[tuple[Any, ...]]:
        """Rows of jobs that leave an outcome, apart: an outcome is written once, and is large at times."""
        return [
            (
                *self._job_values(change, index),
                *self._outcome_values(change, index),
                *(self.adapt.uuid(change.workflow.id), change.workflow.graph.steps[index].name),
            )
            for change in self.changes
            if change.workflow.stored
            for index in change.outcomes
        ]

    def _job_values(self, change: Change, index: int) -> tuple[Any, ...]:
        job = change.workflow.jobs[index]
        return (*_plain_values(job), self.adapt.json(job.error), *map(self.adapt.time, _times(job)))

    def _outcome_values(self, change: Change, index: int) -> tuple[Any, Any]:
        value = change.outcomes.get(index)
        return (None, None) if value is None else (self.adapt.json(value.output), self.adapt.json(value.response))

    def _attempts(self) -> list[tuple[Any, ...]]:
        return [
            (
                self.adapt.uuid(change.workflow.id),
                change.workflow.graph.steps[index].name,
                number,
                record.claim,
                record.executor,
                self.adapt.time(record.started_at),
                self.adapt.time(record.finished_at),
                record.outcome,
                self.adapt.json(record.error),
            )
            for change in self.changes
            for (index, number), record in change.attempts.items()
        ]

    def _late(self) -> list[tuple[Any, ...]]:
        return [
            (
                self.adapt.json(report),
                self.adapt.uuid(change.workflow.id),
                change.workflow.graph.steps[index].name,
                number,
            )
            for change in self.changes
            for (index, number), report in change.late.items()
        ]

    def _events(self) -> list[tuple[Any, ...]]:
        return [self._event(change, fact) for change in self.changes for fact in change.facts]

    def _event(self, change: Change, fact: Fact) -> tuple[Any, ...]:
        type_, topic, key, subject, data = _envelope(change.workflow, fact)
        return (uuid7_hex(), type_, topic, key, subject, self.adapt.time(fact.time), self.adapt.json(data))

    def _command_results(self, now: datetime) -> list[tuple[Any, ...]]:
        return [
            (
                self.adapt.time(now),
                self.adapt.json({"status": result.status, "detail": result.detail}),
                self.adapt.uuid(command_id),
            )
            for command_id, result in self.batch.results.items()
        ]


def _envelope(workflow: WorkflowRun, fact: Fact) -> Envelope:
    ids = {"workflow_id": workflow.id, "template_id": workflow.template_id, "version": workflow.version}
    if fact.job is None:
        return of_workflow(fact.kind, state=fact.state, **ids)
    name = workflow.graph.steps[fact.job].name
    return of_job(fact.kind, job_id=name, attempt=fact.attempt, state=fact.state, **ids)


def _insert(table: str, columns: Sequence[str], rest: str = "") -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))}) {rest}"  # noqa: S608


def _update(table: str, columns: Iterable[str], where: Iterable[str]) -> str:
    sets = ", ".join(f"{column} = %s" for column in columns)
    return f"UPDATE {table} SET {sets} WHERE {' AND '.join(f'{column} = %s' for column in where)}"  # noqa: S608


# The end of the leader's lease, by the database's clock.
_EXPIRES = {
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now', '+{seconds} seconds')",
    "postgresql": "statement_timestamp() + interval '{seconds} seconds'",
}
_MOVE_SHARD = """UPDATE workflows_shard SET position = %s, dispatched_position = %s, expires_at = {expires}
    WHERE id = %s AND epoch = %s AND position = %s"""

_UPDATE_WORKFLOW = _update(
    "workflows_workflow",
    (
        *("state", "current_job", "jobs_total", "jobs_ended", "output", "error"),
        *("started_at", "finished_at", "due_at", "position"),
    ),
    ("id",),
)
_INSERT_JOB = _insert(
    "workflows_job",
    ("workflow_id", '"index"', "job_id", "name", "type", "created_at", *job_columns.ALL, *job_columns.OUTCOME),
    "ON CONFLICT (workflow_id, job_id) DO NOTHING",
)
_UPDATE_JOB = _update("workflows_job", job_columns.ALL, job_columns.KEY)
_END_JOB = _update("workflows_job", (*job_columns.ALL, *job_columns.OUTCOME), job_columns.KEY)
_UPSERT_ATTEMPT = _insert(
    "workflows_attempt",
    ("workflow_id", "job_id", "number", "claim", "executor", "started_at", "finished_at", "outcome", "error"),
    """ON CONFLICT (workflow_id, job_id, number) DO UPDATE SET
        claim = excluded.claim,
        executor = CASE WHEN excluded.executor = '' THEN workflows_attempt.executor ELSE excluded.executor END,
        started_at = COALESCE(excluded.started_at, workflows_attempt.started_at),
        finished_at = excluded.finished_at, outcome = excluded.outcome, error = excluded.error""",
)
_LATE_REPORT = _update("workflows_attempt", ("late_report",), (*job_columns.KEY, "number"))
_INSERT_EVENT = _insert("events_event", ("event_id", "type", "topic", "key", "subject", "time", "data"))
_FINISH_COMMAND = _update("workflows_command", ("applied_at", "result"), ("id",)) + " AND applied_at IS NULL"
