"""Workflows as SQL knows them: the truth that the engine's memory and Redis are rebuilt from.

Only the leading scheduler changes ``state``, ``status`` and what belongs to them (scheduler/checkpoint.py).
"""

from django.conf import settings
from django.db import models
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from apps.core.ids import uuid7
from apps.workflows.engine.states import JobStatus, WorkflowState
from apps.workflows.querysets import (
    OPEN_STATES,
    CommandQuerySet,
    IdempotencyKeyQuerySet,
    JobQuerySet,
    ShardQuerySet,
    TriggerFailureQuerySet,
    TriggerQuerySet,
    TriggerStartQuerySet,
    WorkflowQuerySet,
)

# A position in the journal as text that sorts: generation, milliseconds, sequence (scheduler/positions.py).
POSITION_LENGTH = 34


class Shard(models.Model):
    """A part of the workflows with one leader at a time, and how far that leader has come."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    leader = models.CharField(max_length=100, default="", blank=True)
    epoch = models.BigIntegerField(default=0)
    expires_at = models.DateTimeField(null=True, blank=True)
    generation = models.PositiveIntegerField(default=0)
    redis_run_id = models.CharField(max_length=40, default="", blank=True)
    position = models.CharField(max_length=POSITION_LENGTH, default="", blank=True)
    dispatched_position = models.CharField(max_length=POSITION_LENGTH, default="", blank=True)

    objects = ShardQuerySet.as_manager()

    def __str__(self) -> str:
        return f"shard {self.pk}"


class DocumentSnapshot(models.Model):
    """A template document as workflows were started with it, stored once however many run on it."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    body = models.JSONField()
    # When it was first seen that no workflow has it (services/prune.py).
    unused_since = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.sha256


class Workflow(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    shard = models.ForeignKey(Shard, models.PROTECT, default=0, db_index=False)
    template_id = models.CharField(max_length=100)
    version = models.CharField(max_length=200)
    document = models.ForeignKey(DocumentSnapshot, models.PROTECT)
    state = models.CharField(max_length=12, choices=WorkflowState.choices(), default=WorkflowState.INITIALIZED)
    priority = models.FloatField(default=0)
    labels = models.JSONField(default=dict)
    input = models.JSONField(null=True)
    output = models.JSONField(null=True)
    error = models.JSONField(null=True)
    current_job = models.CharField(max_length=255, default="", blank=True)
    jobs_total = models.PositiveIntegerField(default=0)
    jobs_ended = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # When the template's own timeout ends it.
    due_at = models.DateTimeField(null=True)
    # The journal entry that changed it last: take-over sends the effects of what came after its bound again.
    position = models.CharField(max_length=POSITION_LENGTH, default="", blank=True)
    # How many workflows before it led to it, each by an event that a trigger took.
    hops = models.PositiveSmallIntegerField(default=0)

    objects = WorkflowQuerySet.as_manager()

    class Meta:
        # view and operate are given per object; starting is asked of the template.
        permissions = [
            ("operate_workflow", "Can cancel and change the workflow"),
            ("report_workflow", "Can report for the workflow's jobs"),
        ]
        indexes = [
            # GET /workflows: newest first, in cursor pages.
            models.Index(fields=["-created_at", "-id"], name="workflow_newest"),
            models.Index(fields=["template_id", "-created_at", "-id"], name="workflow_by_template"),
            # The same list of one state: those of a rare one are far apart among the newest.
            models.Index(fields=["state", "-created_at", "-id"], name="workflow_by_state"),
            # Take-over and the look for starts that never reached the journal.
            models.Index(
                fields=["shard", "state", "created_at"],
                name="workflow_open",
                condition=models.Q(state__in=list(OPEN_STATES)),
            ),
            # The overview's latest failures.
            models.Index(
                fields=["-finished_at", "-id"],
                name="workflow_failures",
                condition=models.Q(state=WorkflowState.FAILED),
            ),
            # Take-over: whose effects may not have gone out.
            models.Index(fields=["shard", "position"], name="workflow_position"),
        ]

    def __str__(self) -> str:
        return f"{self.template_id} {self.version} ({self.id})"


class Job(models.Model):
    """One step of one workflow."""

    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="jobs", db_index=False)
    index = models.PositiveIntegerField()
    job_id = models.CharField(max_length=255)
    name = models.CharField(max_length=100)
    type = models.CharField(max_length=100)
    status = models.CharField(max_length=10, choices=JobStatus.choices(), default=JobStatus.PENDING)
    reason = models.CharField(max_length=20, default="", blank=True)
    # The attempt that runs, or ran last; 0 before the first is queued.
    attempt = models.PositiveIntegerField(default=0)
    claim = models.CharField(max_length=64, default="", blank=True)
    failures = models.PositiveIntegerField(default=0)
    losses = models.PositiveIntegerField(default=0)
    output = models.JSONField(null=True)
    response = models.JSONField(null=True)
    error = models.JSONField(null=True)
    created_at = models.DateTimeField()
    queued_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workflow", "job_id"], name="job_once")]
        indexes = [
            # The sweep: what should be in Redis, and what waits for a time.
            models.Index(
                fields=["status", "id"],
                name="job_live",
                condition=models.Q(status__in=[JobStatus.QUEUED, JobStatus.RUNNING]),
            ),
            models.Index(
                fields=["due_at"],
                name="job_due",
                condition=models.Q(due_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.job_id


class Attempt(models.Model):
    """One try of a job: who ran it, when, and how that ended."""

    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="attempts", db_index=False)
    job_id = models.CharField(max_length=255)
    number = models.PositiveIntegerField()
    claim = models.CharField(max_length=64, default="", blank=True)
    executor = models.CharField(max_length=200, default="", blank=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # completed, failed, lost or cancelled; empty while it runs.
    outcome = models.CharField(max_length=10, default="", blank=True)
    error = models.JSONField(null=True)
    # A report that came after the attempt had ended: kept as evidence, never applied.
    late_report = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workflow", "job_id", "number"], name="attempt_once")]

    def __str__(self) -> str:
        return f"{self.job_id} #{self.number}"


class CommandKind(models.TextChoices):
    CANCEL = "cancel"
    REPORT = "report"


class Command(models.Model):
    """A command from outside the engine: stored first, then journaled, answered once by the checkpoint."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="commands")
    kind = models.CharField(max_length=20, choices=CommandKind.choices)
    job_id = models.CharField(max_length=255, default="", blank=True)
    payload = models.JSONField(default=dict)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    # {"status": 200 | 202 | 409, "detail": text}: what the edge answers, once applied.
    result = models.JSONField(null=True)

    objects = CommandQuerySet.as_manager()

    class Meta:
        indexes = [
            # The leader's look for commands that never reached the journal.
            models.Index(fields=["created_at"], name="command_unapplied", condition=models.Q(applied_at=None)),
            # The admin's list: newest first.
            models.Index(fields=["-created_at", "-id"], name="command_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.workflow_id}"


class QuarantinedEntry(models.Model):
    """A journal entry that could not be applied: kept for people to look at, while the rest goes on."""

    position = models.CharField(max_length=POSITION_LENGTH, unique=True)
    workflow_id = models.CharField(max_length=100, blank=True)
    entry = models.JSONField()
    error = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "quarantined entry"
        verbose_name_plural = "quarantined entries"

    def __str__(self) -> str:
        return self.position


class IdempotencyKey(models.Model):
    """The first answer to a creating request, for a day, so that a repeat makes nothing new."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    body_sha256 = models.CharField(max_length=64)
    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_index=True)

    objects = IdempotencyKeyQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return self.key


class WorkflowUserPermission(UserObjectPermissionBase):
    content_object = models.ForeignKey(Workflow, models.CASCADE)


class WorkflowGroupPermission(GroupObjectPermissionBase):
    content_object = models.ForeignKey(Workflow, models.CASCADE)


class Trigger(models.Model):
    """Starts a workflow for each message of a topic that its filter lets through, as what its owner may do then."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100, unique=True)
    topic = models.CharField(max_length=249)
    # CEL over ``event``.
    filter = models.TextField()
    template_id = models.CharField(max_length=100)
    # Exact or a range; empty for the newest.
    version = models.CharField(max_length=200, default="", blank=True)
    # JSON with ``${event.…}``.
    input = models.JSONField(null=True)
    enabled = models.BooleanField(default=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    # What the bus took before that is not for it.
    since = models.DateTimeField()
    # Where the topic's partitions ended then, for messages whose time is their sender's; null until the bus has reported.
    start_offsets = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = TriggerQuerySet.as_manager()

    class Meta:
        # view, change and delete are given per object; add_trigger is asked of the user alone.
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class TriggerStart(models.Model):
    """A message that a trigger has started a workflow for: stored with the workflow, so that it starts no other."""

    trigger = models.ForeignKey(Trigger, models.CASCADE, related_name="starts", db_index=False)
    # What names the message, hashed (triggers/messages.py).
    digest = models.CharField(max_length=64)
    # No foreign key: the history of workflows is kept for another time than this.
    workflow_id = models.UUIDField()
    created_at = models.DateTimeField()

    objects = TriggerStartQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trigger", "digest"], name="trigger_start_once")]
        indexes = [
            # The trigger's page: what it started last.
            models.Index(fields=["trigger", "-id"], name="trigger_start_newest"),
            # prune_history
            models.Index(fields=["created_at"], name="trigger_start_age"),
        ]

    def __str__(self) -> str:
        return str(self.workflow_id)


class TriggerFailure(models.Model):
    """A message that a trigger could not start a workflow for: it waits for its next try, or was given up."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    trigger = models.ForeignKey(Trigger, models.CASCADE, related_name="failures", db_index=False)
    digest = models.CharField(max_length=64)
    # As the filter and the input see it.
    event = models.JSONField()
    reason = models.TextField()
    tries = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField()
    failed_at = models.DateTimeField()
    # Null once it was given up.
    next_try_at = models.DateTimeField(null=True, blank=True)

    objects = TriggerFailureQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trigger", "digest"], name="trigger_failure_once")]
        indexes = [
            # The trigger's page: what failed last.
            models.Index(fields=["trigger", "-failed_at"], name="trigger_failure_newest"),
            # consume_events: what is to be tried again.
            models.Index(
                fields=["next_try_at"], name="trigger_failure_due", condition=models.Q(next_try_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.trigger_id} {self.reason}"


class TriggerTopic(models.Model):
    """The progress of the consumers with a topic, as they report it from time to time."""

    topic = models.CharField(max_length=249, primary_key=True)
    reported_at = models.DateTimeField()
    # When the bus took the message that was done last, and how long it had waited by then.
    message_at = models.DateTimeField(null=True, blank=True)
    waited = models.DurationField(null=True, blank=True)
    # Why it cannot be read; empty if it can.
    fault = models.TextField(default="", blank=True)

    class Meta:
        verbose_name = "consumed topic"

    def __str__(self) -> str:
        return self.topic


class TriggerUserPermission(UserObjectPermissionBase):
    content_object = models.ForeignKey(Trigger, models.CASCADE)


class TriggerGroupPermission(GroupObjectPermissionBase):
    content_object = models.ForeignKey(Trigger, models.CASCADE)
