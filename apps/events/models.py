"""The outbox: each event is stored in the transaction of its fact and published from here."""

from django.db import models

from apps.core.ids import uuid7


class Event(models.Model):
    """A CloudEvent. ``published_at`` is null until the bus has acknowledged it.

    Publishers select ``published_at IS NULL``, never "id greater than": ids commit out of order.
    """

    event_id = models.UUIDField(default=uuid7, editable=False)
    type = models.CharField(max_length=100)
    topic = models.CharField(max_length=100)
    key = models.CharField(max_length=100)
    subject = models.CharField(max_length=400)
    time = models.DateTimeField()
    data = models.JSONField(default=dict)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            # GET /workflows/{id}/events: the history of one key, in order.
            models.Index(fields=["key", "id"], name="event_history"),
            # publish_events: what has not gone out yet.
            models.Index(fields=["id"], name="event_unpublished", condition=models.Q(published_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject}"
