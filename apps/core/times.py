"""Times as the interfaces write and read them: RFC 3339, UTC, microseconds."""

import re
from datetime import UTC, datetime

_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)


def rfc3339(moment: datetime) -> str:
    """Return ``2026-11-22T01:02:03.000000Z`` for an aware datetime."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[: -len("+00:00")] + "Z"


def parse(text: str) -> datetime:
    """Return an aware datetime in UTC. Raises ValueError for anything that is not RFC 3339 with an offset."""
    if not _RFC3339.fullmatch(text):
        raise ValueError("not a time of RFC 3339 with an offset, such as 2026-11-22T01:02:03Z")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("not a time that can be counted in UTC") from error
