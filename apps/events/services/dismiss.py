"""Dismissal of dead letters."""

import logging
from collections.abc import Collection

from django.db import transaction

from apps.core.access import policy
from apps.core.access.policy import Actor
from apps.events import dead_letters
from apps.events.models import DeadLetter

logger = logging.getLogger(__name__)

PERMISSION = "events.delete_deadletter"


def dismiss_many(actor: Actor, *, letter_ids: Collection[int]) -> int:
    """Remove those that are still open. Returns how many these are. Raises Forbidden."""
    policy.require_model(actor, PERMISSION)
    with transaction.atomic():
        letters = list(DeadLetter.objects.select_for_update().filter(pk__in=letter_ids, replayed_at=None))
        for letter in letters:
            extra = {"actor": str(actor), "dead_letter_id": letter.pk, "error": letter.reason}
            logger.info("dead_letter_dismissed", extra=extra)
            dead_letters.dismiss(letter)
    return len(letters)
