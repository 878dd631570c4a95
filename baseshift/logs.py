"""Log records as lines of text: the event's name, then what it carries. Loads no Django: the executor uses it, too."""

import json
import logging
from typing import Any

# The loggers whose records are events of apps/core/log_catalogue.py.
_OURS = ("apps.", "baseshift.")
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class EventFormatter(logging.Formatter):
    """Appends what ``extra`` holds: ``pod_failed pod=default-x7 reason="exit status 1"``.

    Records of libraries stay as they are: what they hang onto them is not meant to be read.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:
        extra = vars(record).items() if record.name.startswith(_OURS) else ()
        fields = [f" {key}={_text(value)}" for key, value in extra if key not in _STANDARD]
        return super().formatMessage(record) + "".join(fields)


def _text(value: Any) -> str:
    """Return the value as one word, or in quotes on one line: no value can pass for a line or a field of its own."""
    text = str(value)
    if text and text.isprintable() and not set(text) & set(' "=\\'):
        return text
    # JSON leaves some characters as they are that end a line or move a terminal's cursor.
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in quoted)
