"""Entries of the journal that could not be applied: somebody has looked at them, and they may go."""

import logging
from collections.abc import Collection

from django.db import transaction

from apps.core.access import policy
from apps.core.access.policy import Actor
from apps.workflows.models import QuarantinedEntry

logger = logging.getLogger(__name__)

PERMISSION = "workflows.delete_quarantinedentry"


def dismiss_many(actor: Actor, *, entry_ids: Collection[int]) -> int:
    """Remove these entries and return how many. Nothing else changes: the engine was done with them. Forbidden."""
    policy.require_model(actor, PERMISSION)
    with transaction.atomic():
        entries = list(QuarantinedEntry.objects.select_for_update().filter(pk__in=entry_ids))
        for entry in entries:
            extra = {"actor": str(actor), "position": entry.position, "error": entry.error}
            logger.info("quarantined_entry_dismissed", extra=extra)
            entry.delete()
    return len(entries)
