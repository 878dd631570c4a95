"""Retention of history, in days: ``manage.py prune_history`` removes what is older. 0: forever."""

from datetime import timedelta

from apps.core import env

# A hundred years. Beyond some thousands, times cannot be reckoned back.
MAX_DAYS = 36_500


def _kept(name: str, days: int) -> timedelta | None:
    """Return the setting. What is younger than a day may still be in use."""
    kept = env.number(name, days)
    if kept and not 1 <= kept <= MAX_DAYS:
        raise env.BadSetting(f"{name} must be 0, or from 1 to {MAX_DAYS}")
    return timedelta(days=kept) if kept else None


# From their end: workflows with all that belongs to them.
RETENTION_WORKFLOWS = _kept("RETENTION_WORKFLOWS_DAYS", 90)
# From when they were published.
RETENTION_EVENTS = _kept("RETENTION_EVENTS_DAYS", 90)
# By which messages a trigger knows those it has met. Longer than any bus delivers again.
RETENTION_MESSAGES = _kept("RETENTION_MESSAGES_DAYS", 30)
# From when they were replayed; three times as long from when they were stored, if nobody replayed them.
RETENTION_DEAD_LETTERS = _kept("RETENTION_DEAD_LETTERS_DAYS", 30)
