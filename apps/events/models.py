"""The outbox: each event is stored in the transaction of its fact and published from here."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.ids import uuid7
from apps.core.processes.lease import Lease


class Event(models.Model):
    """A CloudEvent. ``published_at`` is null until the bus has acknowledged it.

    Publishers select ``published_at IS NULL``, never "id greater than": ids commit out of order. ``quarantined_at`` is
    when the bus refused it for itself; its :class:`DeadLetter` says why.
    """

    event_id = models.UUIDField(default=uuid7, editable=False)
    type = models.CharField(max_length=100)
    topic = models.CharField(max_length=100)
    key = models.CharField(max_length=100)
    subject = models.CharField(max_length=400)
    time = models.DateTimeField()
    data = models.JSONField(default=dict)
    published_at = models.DateTimeField(null=True, blank=True)
    quarantined_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            # GET /workflows/{id}/events: the history of one key, in order.
            models.Index(fields=["key", "id"], name="event_history"),
            # publish_events: what has not gone out yet.
            models.Index(
                fields=["id"], name="event_unpublished", condition=models.Q(published_at=None, quarantined_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject}"


class DeadLetter(models.Model):
    """A message or event that could not be delivered, the reason, and when a replay was requested.

    ``origin`` is who gave it up, and so who can try again (see ``services.replay``); ``reference`` is the origin's own
    name for it, ``payload`` what it was to deliver.
    """

    origin = models.CharField(max_length=100)
    reference = models.CharField(max_length=200)
    topic = models.CharField(max_length=249)
    key = models.TextField(blank=True)
    payload = models.JSONField()
    reason = models.TextField()
    created_at = models.DateTimeField()
    replayed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        permissions = [("replay_deadletter", "Can replay dead letters")]
        indexes = [
            # The admin's list, newest first.
            models.Index(fields=["-created_at"], name="dead_letter_newest"),
            # doctor and the overview: how many wait for somebody.
            models.Index(fields=["id"], name="dead_letter_open", condition=models.Q(replayed_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.origin} {self.reference}"


class PublisherLease(Lease):
    """The lease of the process that publishes."""

    class Meta:
        verbose_name = _("publisher's lease")
