"""Filters that format values on the pages of the admin."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import template

register = template.Library()

# An input may be megabytes long: a page shows its beginning.
MAX_SHOWN = 20_000
DASH = "\N{EN DASH}"


@register.filter
def pretty_json(value: Any) -> str:
    """Return indented JSON, cut after MAX_SHOWN characters."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}\n… ({len(text):,} characters in all)"


@register.filter
def duration(span: timedelta | None) -> str:
    """Return ``12 ms``, ``3.4 s``, ``2 min 05 s``, ``1 h 02 min``, ``3 d 04 h``; a dash for None."""
    if span is None:
        return DASH
    seconds = max(span.total_seconds(), 0)
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, hours, days = int(seconds // 60), int(seconds // 3600), int(seconds // 86400)
    if not hours:
        return f"{minutes} min {int(seconds % 60):02} s"
    return f"{hours} h {minutes % 60:02} min" if not days else f"{days} d {hours % 24:02} h"


@register.filter
def age(time: datetime, now: datetime) -> str:
    """Return how long ago it was."""
    return duration(now - time)


@register.filter
def moment(time: datetime | None) -> str:
    """Return a time in UTC to the millisecond; a dash for None."""
    return DASH if time is None else time.strftime("%Y-%m-%d %H:%M:%S.") + f"{time.microsecond // 1000:03}"


@register.filter
def colour_of(labels: Mapping[str, str], text: str) -> str:
    return labels.get(text, "default")
