"""The questions that are asked of workflows and what belongs to them, by name."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.db.models import QuerySet
from django.db.models.functions import Now

from apps.workflows.engine.states import WORKFLOW_ENDED, JobStatus, WorkflowState

if TYPE_CHECKING:
    from apps.workflows.models import (  # noqa: F401 - named in annotations
        Command,
        IdempotencyKey,
        Job,
        Shard,
        Trigger,
        TriggerFailure,
        TriggerStart,
        Workflow,
    )

# As the condition of the index workflow_open names them.
OPEN_STATES = (WorkflowState.INITIALIZED, WorkflowState.RUNNING)
# For how long an idempotency key stands for what it made.
KEY_LIFETIME = timedelta(hours=24)


class ShardQuerySet(QuerySet["Shard"]):
    """QuerySet of shards."""

    def led(self) -> Self:
        """Return those whose leader's lease has not run out, by the database's clock."""
        return self.filter(expires_at__gt=Now())


class WorkflowQuerySet(QuerySet["Workflow"]):
    """QuerySet of workflows."""

    def open(self) -> Self:
        """Return those that have not ended."""
        return self.filter(state__in=OPEN_STATES)

    def ended(self) -> Self:
        """Return those that have completed, failed or been cancelled."""
        return self.filter(state__in=WORKFLOW_ENDED)


class JobQuerySet(QuerySet["Job"]):
    """QuerySet of jobs."""

    def running(self) -> Self:
        """Return those that an executor has."""
        return self.filter(status=JobStatus.RUNNING)


class CommandQuerySet(QuerySet["Command"]):
    """QuerySet of commands."""

    def unapplied(self) -> Self:
        """Return those that no leader has applied or refused yet."""
        return self.filter(applied_at=None)


class IdempotencyKeyQuerySet(QuerySet["IdempotencyKey"]):
    """QuerySet of idempotency keys."""

    def valid(self, now: datetime) -> Self:
        """Return those that stand for what they made at ``now``."""
        return self.filter(created_at__gt=now - KEY_LIFETIME)

    def expired(self, now: datetime) -> Self:
        """Return those that stand for nothing any more at ``now``."""
        return self.filter(created_at__lte=now - KEY_LIFETIME)


class TriggerQuerySet(QuerySet["Trigger"]):
    """QuerySet of triggers."""

    def enabled(self) -> Self:
        """Return those that take messages."""
        return self.filter(enabled=True)


class TriggerStartQuerySet(QuerySet["TriggerStart"]):
    """QuerySet of the messages that triggers started workflows for."""

    def of_message(self, trigger: "Trigger", digest: str) -> Self:
        """Return the start that ``trigger`` made of one message."""
        return self.filter(trigger=trigger, digest=digest)


class TriggerFailureQuerySet(QuerySet["TriggerFailure"]):
    """QuerySet of the messages that triggers could not start workflows for."""

    def of_message(self, trigger: "Trigger", digest: str) -> Self:
        """Return the failure of ``trigger`` at one message."""
        return self.filter(trigger=trigger, digest=digest)

    def waiting(self) -> Self:
        """Return those that are tried again."""
        return self.filter(next_try_at__isnull=False)

    def given_up(self) -> Self:
        """Return those that are tried no more, unless somebody replays them."""
        return self.filter(next_try_at=None)

    def due(self, now: datetime) -> Self:
        """Return those to try again by ``now``, the longest due first; of disabled triggers none."""
        return self.filter(next_try_at__lte=now, trigger__enabled=True).order_by("next_try_at")

    def latest_first(self) -> Self:
        """Return them as a trigger's page lists them."""
        return self.order_by("-failed_at")
