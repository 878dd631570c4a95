"""The messages that triggers failed at: tried again later and later, then given up and shown.

A message that failed is kept in SQL, so that its topic goes on: neither other triggers nor later messages wait for it.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from apps.events import dead_letters
from apps.events.models import DeadLetter
from apps.workflows.models import Trigger, TriggerFailure
from apps.workflows.triggers.dispatch import DispatchFailed
from apps.workflows.triggers.messages import IncomingMessage

logger = logging.getLogger(__name__)

ORIGIN = "trigger"
MIN_DELAY = timedelta(seconds=1)
DELAY_GROWTH = 4
MAX_DELAY = timedelta(hours=1)
# Of one trigger: what fails beyond that is given up at once, or the tries of a broken one would take the consumers' time.
MAX_WAITING = 1000
# A consumer that dies over a message leaves it alone for so long.
CLAIM_TIME = timedelta(seconds=60)


def record(trigger: Trigger, incoming: IncomingMessage, failed: DispatchFailed, now: datetime) -> None:
    """Keep a message that failed for the first time."""
    ids = {"trigger_id": str(trigger.pk), "trigger": trigger.name}
    logger.warning("trigger_failed", extra={**ids, "error": failed.reason})
    failure = TriggerFailure(
        trigger=trigger,
        digest=incoming.digest,
        event=incoming.event,
        reason=failed.reason,
        tries=1,
        created_at=now,
        failed_at=now,
        next_try_at=now,
    )
    try:
        with transaction.atomic():
            waiting = TriggerFailure.objects.waiting().filter(trigger=trigger).count()
            failure.save(force_insert=True)
            _put_off(failure, now, final=failed.final or waiting >= MAX_WAITING)
    except IntegrityError:
        # Another consumer has kept it, or the trigger has just been deleted.
        logger.info("trigger_failure_already_stored", extra=ids)


def due_failures(now: datetime, limit: int) -> list[TriggerFailure]:
    """Return what is to be tried again by now; of disabled triggers nothing."""
    return list(TriggerFailure.objects.due(now).select_related("trigger__owner")[:limit])


def claim(failure: TriggerFailure, now: datetime) -> bool:
    """Take it for one more try, which counts from now on. False if another consumer has."""
    same = TriggerFailure.objects.filter(pk=failure.pk, next_try_at=failure.next_try_at)
    if not same.update(tries=F("tries") + 1, next_try_at=now + CLAIM_TIME):
        return False
    failure.tries += 1
    return True


def record_again(failure: TriggerFailure, failed: DispatchFailed, now: datetime) -> None:
    """Record that a further try has failed, too."""
    failure.reason, failure.failed_at = failed.reason, now
    with transaction.atomic():
        _put_off(failure, now, final=failed.final)


def reopen(failures: Iterable[TriggerFailure], now: datetime) -> int:
    """Try again what was given up, as if for the first time. Returns how many."""
    pks = [failure.pk for failure in failures]
    with transaction.atomic():
        letters = DeadLetter.objects.filter(origin=ORIGIN, reference__in=map(str, pks), replayed_at=None)
        letters.update(replayed_at=now)
        return _reopen(pks, now)


def put_back(letter: DeadLetter) -> None:
    """Try again as :func:`reopen`, for whoever has only the dead letter. ReplayUnavailable if the trigger has gone."""
    if not _reopen([letter.reference], timezone.now()):
        raise dead_letters.ReplayUnavailable


def delete_failure(letter: DeadLetter) -> None:
    """Delete the failure as its dead letter is: nobody wants it tried again."""
    TriggerFailure.objects.given_up().filter(pk=letter.reference).delete()


def _reopen(pks: Iterable[Any], now: datetime) -> int:
    return TriggerFailure.objects.given_up().filter(pk__in=pks).update(next_try_at=now, tries=0)


def _put_off(failure: TriggerFailure, now: datetime, *, final: bool) -> None:
    if final or failure.tries >= settings.TRIGGER_TRIES:
        failure.next_try_at = None
        _bury(failure, now)
    else:
        failure.next_try_at = now + min(MIN_DELAY * DELAY_GROWTH ** (failure.tries - 1), MAX_DELAY)
    failure.save(update_fields=["reason", "failed_at", "next_try_at"])


def _bury(failure: TriggerFailure, now: datetime) -> None:
    """Show it among the dead letters."""
    name = failure.trigger.name
    extra = {"trigger_id": str(failure.trigger_id), "trigger": name, "error": failure.reason}
    logger.error("trigger_gave_up", extra=extra)
    event: dict[str, Any] = failure.event
    letter = DeadLetter(
        origin=ORIGIN,
        reference=str(failure.pk),
        topic=event["topic"],
        key=event["key"] or "",
        payload={"trigger": name, "event": event},
        reason=f"Trigger {name}: {failure.reason}",
        created_at=now,
    )
    dead_letters.store([letter], now)
