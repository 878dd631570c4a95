"""Writes docs/reference/logs.md from the catalogue of log events: ``python -m tools.log_page [--check] [FILE]``.

With ``--check`` nothing is written; the exit status says whether the page matches the code.
"""

import sys

from apps.core.log_catalogue import LOG_EVENTS
from tools.kept_page import DOCS, keep

PAGE = DOCS / "reference" / "logs.md"
HEAD = """# Logs

Every process logs to stderr, one line per event: time, level, logger, the name of the event, and its fields.

```text
2026-03-01 12:00:00,000 WARNING apps.pods.reconciler.problems: pod_failed pod=default-x7 pool=default reason="exit status 1"
```

- A value that contains a space, a quote, `=`, a backslash or a control character is in quotes and escaped as in JSON, so that an
  event is always one line. A traceback, if there is one, follows on lines of its own.
- Fields name what the event is about: `workflow_id`, `job_id`, `attempt`, `trigger_id`, `event_id`, `pod`, `pool`. `error` says why.
- [`LOG_LEVEL`](settings.md) sets the lowest level that is logged. Libraries (Django, Celery, Kafka clients) log in their own words.

`make events` generates this page from [the catalogue in the code](../../apps/core/log_catalogue.py).

| event | meaning |
| --- | --- |
"""


def page() -> str:
    """Return the whole text."""
    return HEAD + "".join(f"| `{name}` | {meaning} |\n" for name, meaning in sorted(LOG_EVENTS.items()))


if __name__ == "__main__":
    sys.exit(keep(PAGE, lambda _: page(), command="make events"))
