"""Dead letters: what could not be delivered is stored, announced on the bus, and can be replayed.

Each origin of dead letters says how its own are tried again, and what else it keeps of them: :func:`register` it when
the app is ready.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from apps.core import bulk_write
from apps.events import envelope, outbox, topics
from apps.events.models import DeadLetter, Event

Replay = Callable[[DeadLetter], None]
Forget = Callable[[DeadLetter], None]

MAX_KEY_LENGTH = 100

_replays: dict[str, Replay] = {}
_forgets: dict[str, Forget] = {}


class ReplayUnavailable(Exception):
    """A dead letter whose origin no longer knows how to try it again."""


def register(origin: str, replay: Replay, forget: Forget | None = None) -> None:
    """Have ``replay`` retry the dead letters of ``origin``. Raises ValueError if the name is taken by another.

    ``forget`` removes what the origin itself keeps of a letter that is dismissed.
    """
    if _replays.setdefault(origin, replay) is not replay:
        raise ValueError(f"there is another origin named {origin}")
    if forget is not None:
        _forgets[origin] = forget


def store(letters: Sequence[DeadLetter], now: datetime) -> None:
    """Store new dead letters, with an event for each. Call it inside a transaction."""
    bulk_write.insert(letters)
    # One of a notice makes no further notice.
    bulk_write.insert([_notice(letter, now) for letter in letters if letter.topic != topics.DEAD_LETTER])


def retry(letter: DeadLetter) -> None:
    """Hand the letter back to its origin. Raises :class:`ReplayUnavailable`; call it inside a transaction."""
    replay = _replays.get(letter.origin)
    if replay is None:
        raise ReplayUnavailable
    replay(letter)


def dismiss(letter: DeadLetter) -> None:
    """Remove the letter, with what its origin keeps of it. Call it inside a transaction."""
    forget = _forgets.get(letter.origin)
    if forget is not None:
        forget(letter)
    letter.delete()


def _notice(letter: DeadLetter, now: datetime) -> Event:
    notice = envelope.of_dead_letter(
        origin=letter.origin,
        reference=letter.reference,
        topic=letter.topic,
        # Keys of others may be longer than ours.
        key=letter.key[:MAX_KEY_LENGTH],
        reason=letter.reason,
    )
    return outbox.row(notice, now)
