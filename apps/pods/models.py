"""Pools as people set them, and pods as the reconciler last saw them.

The backend knows which pods there are; these rows keep what it does not know: who is to drain, and why a pod ended.
"""

from typing import Self

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from apps.core import pools
from apps.core.processes.lease import Lease
from apps.pods.planning.values import PodState

IMAGE = "base-shift/job-executor:v1.0.0"
POOL_NAME = RegexValidator(rf"\A{pools.NAME_PATTERN.pattern}\Z", pools.NAME_RULE)


def default_resources() -> dict[str, dict[str, str]]:
    """Return what the product's own executor keeps within."""
    return {"requests": {"memory": "64Mi", "cpu": "250m"}, "limits": {"memory": "128Mi", "cpu": "500m"}}


class PodPool(models.Model):
    """A group of like executors.

    ``env`` gives values, or ``{"secret": name, "key": key}`` for one of a Kubernetes Secret. ``idle_seconds`` null means
    the setting ``POD_IDLE_SECONDS``. ``scale_to`` is a number of pods by hand, which the autoscaler then leaves alone.
    ``deleted_at``: since when the pool is being deleted; the reconciler takes the row away after its last pod.
    """

    name = models.CharField(max_length=pools.MAX_NAME_LENGTH, unique=True, validators=[POOL_NAME])
    image = models.CharField(max_length=300, default=IMAGE)
    resources = models.JSONField(default=default_resources)
    env = models.JSONField(default=dict, blank=True)
    labels = models.JSONField(default=dict, blank=True)
    node_selector = models.JSONField(default=dict, blank=True)
    tolerations = models.JSONField(default=list, blank=True)
    service_account = models.CharField(max_length=253, default="", blank=True)
    namespace = models.CharField(max_length=63, default="", blank=True, help_text="empty: POD_NAMESPACE")
    slots = models.PositiveSmallIntegerField(default=8, validators=[MinValueValidator(1)])
    minimum = models.PositiveIntegerField(default=0)
    maximum = models.PositiveIntegerField(default=10)
    target_wait = models.FloatField(default=10.0, validators=[MinValueValidator(0.1)], help_text="seconds")
    idle_seconds = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    starts_at_once = models.PositiveIntegerField(default=5, validators=[MinValueValidator(1)])
    surge = models.PositiveIntegerField(default=1, validators=[MinValueValidator(1)])
    scale_to = models.PositiveIntegerField(null=True, blank=True)
    cordoned = models.BooleanField(default=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    # How long a job takes here, as measured: a pool that comes from zero need not learn it again.
    service_seconds = models.FloatField(null=True, blank=True, editable=False)
    # Pods in a row that failed young, and until when no other is tried.
    failures = models.PositiveIntegerField(default=0, editable=False)
    retry_at = models.DateTimeField(null=True, blank=True, editable=False)
    problem = models.CharField(max_length=500, default="", blank=True, editable=False)
    # So many of the first names of its row have had a pod.
    names_used = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = "pool"
        permissions = [
            ("operate_podpool", "Can scale, drain and cordon"),
            ("use_podpool", "Can have jobs run in it"),
        ]
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(maximum__gte=models.F("minimum")),
                name="pool_bounds",
                violation_error_message="maximum is below minimum",
            )
        ]

    def __str__(self) -> str:
        return self.name


class PodQuerySet(models.QuerySet["Pod"]):
    """QuerySet of pods."""

    def alive(self) -> Self:
        """Return those that have not ended, as far as was recorded."""
        return self.filter(ended_at=None)

    def ended(self) -> Self:
        """Return those that have ended; rows are kept for a while."""
        return self.filter(ended_at__isnull=False)


class Pod(models.Model):
    """An executor. Rows of pods that ended are kept for a while, to show why."""

    pool = models.ForeignKey(PodPool, models.CASCADE, related_name="pods")
    name = models.CharField(max_length=63, unique=True)
    state = models.CharField(max_length=10, choices=[(one.value, one.value) for one in PodState])
    reason = models.CharField(max_length=500, default="", blank=True)
    revision = models.CharField(max_length=16)
    # Where it is to be found; processes have none.
    namespace = models.CharField(max_length=63, default="", blank=True)
    node = models.CharField(max_length=253, default="", blank=True)
    restarts = models.PositiveIntegerField(default=0)
    busy = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True, blank=True)
    idle_since = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # Names this draining: the executor confirms it by the name, so that an older confirmation counts for nothing.
    drain_token = models.CharField(max_length=32, default="", blank=True)
    # A person asked for its end, or that was begun: it is not taken back.
    leaving = models.BooleanField(default=False)

    objects = PodQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            # The reconciler's look: those that have not ended.
            models.Index(fields=["pool"], name="pod_alive", condition=models.Q(ended_at=None)),
            # GET /pods: newest first.
            models.Index(fields=["-created_at", "-id"], name="pod_newest"),
        ]

    def __str__(self) -> str:
        return self.name


class PoolUsage(models.Model):
    """Resources that a pool's pods used, by their heartbeats, since its settings are as they are now.

    See :class:`~apps.pods.planning.usage.Usage` for what the numbers are of.
    """

    pool = models.OneToOneField(PodPool, models.CASCADE, related_name="usage")
    # Stands for what decides how much pods use: when it changes, the measuring begins anew.
    basis = models.CharField(max_length=16)
    memory_bytes = models.PositiveBigIntegerField(default=0)
    cpu_seconds = models.FloatField(default=0.0)
    slot_seconds = models.FloatField(default=0.0)
    jobs = models.PositiveBigIntegerField(default=0)
    work_seconds = models.FloatField(default=0.0)
    idle_cpu_seconds = models.FloatField(default=0.0)
    idle_seconds = models.FloatField(default=0.0)
    since = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        # Who may view the pool may see it, and nobody writes it.
        default_permissions = ()

    def __str__(self) -> str:
        return f"use of {self.pool_id}"


class ReconcilerLease(Lease):
    """The lease of the process that reconciles."""

    class Meta:
        verbose_name = "reconciler's lease"


class PodPoolUserPermission(UserObjectPermissionBase):
    content_object = models.ForeignKey(PodPool, models.CASCADE)


class PodPoolGroupPermission(GroupObjectPermissionBase):
    content_object = models.ForeignKey(PodPool, models.CASCADE)
