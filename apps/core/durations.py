"""Durations as templates write them: "250ms", "30s", "5m", "2h", "1d"."""

import re

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
# Nine digits: 999999999d is 2.7 million years, still a finite float and a sane deadline.
_WRITTEN = re.compile(r"([0-9]{1,9})(ms|s|m|h|d)")


def parse(text: str) -> float:
    """Return the seconds that ``text`` means. Raises ValueError unless it is a whole number with a unit."""
    match = _WRITTEN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError('a duration is a whole number with a unit: "250ms", "30s", "5m", "2h" or "1d"')
    return int(match[1]) * _SECONDS[match[2]]
