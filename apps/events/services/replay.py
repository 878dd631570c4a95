"""Replay of dead letters."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from apps.core.access import policy
from apps.core.access.policy import Actor
from apps.core.errors import Conflict, Hidden
from apps.events import dead_letters
from apps.events.models import DeadLetter

PERMISSION = "events.replay_deadletter"


def replay(actor: Actor, *, letter_id: int) -> None:
    """Hand a dead letter back to its origin. Raises Forbidden, Hidden; Conflict if that was done or is impossible."""
    policy.require_model(actor, PERMISSION)
    with transaction.atomic():
        letter = DeadLetter.objects.select_for_update().filter(pk=letter_id).first()
        if letter is None:
            raise Hidden
        if letter.replayed_at is not None:
            raise Conflict("It was replayed already. If it failed again, there is a further dead letter.")
        try:
            dead_letters.retry(letter)
        except dead_letters.ReplayUnavailable as error:
            raise Conflict(f"Nothing here knows how to try again what {letter.origin} gave up.") from error
        letter.replayed_at = timezone.now()
        letter.save(update_fields=["replayed_at"])


def replay_many(actor: Actor, *, letter_ids: Iterable[int]) -> int:
    """Replay those that can be. Returns how many these are. Raises Forbidden."""
    policy.require_model(actor, PERMISSION)
    done = 0
    for letter_id in letter_ids:
        try:
            replay(actor, letter_id=letter_id)
        except (Conflict, Hidden):
            continue
        done += 1
    return done
