"""How long what has happened is kept, in days: ``manage.py prune_history`` removes what is older. 0: for ever."""

from datetime import timedelta

from baseshift import env


def _kept(days: float) -> timedelta | None:
    if 0 < days < 1:
        raise env.BadSetting("RETENTION_… must be 0 or at least 1: what is younger than a day may still be in use")
    return timedelta(days=days) if days else None


# From their end: workflows with all that belongs to them.
RETENTION_WORKFLOWS = _kept(env.number("RETENTION_WORKFLOWS_DAYS", 90))
# From when they were published.
RETENTION_EVENTS = _kept(env.number("RETENTION_EVENTS_DAYS", 90))
# By which messages a trigger knows those it has met. Longer than any bus delivers again.
RETENTION_MESSAGES = _kept(env.number("RETENTION_MESSAGES_DAYS", 30))
# From when they were replayed; three times as long from when they were stored, if nobody replayed them.
RETENTION_DEAD_LETTERS = _kept(env.number("RETENTION_DEAD_LETTERS_DAYS", 30))
