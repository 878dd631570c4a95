"""Filters of Django's log records."""

import logging

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


class FalseAlarmFilter(logging.Filter):
    """A filter for what Django logs as errors though it is an answer.

    The 503 of ``/readyz``, many times a second while parts start, is left out; a refusal is a line without a traceback.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], PermissionDenied):
            record.exc_info = None
        request: HttpRequest | None = getattr(record, "request", None)
        return not (request and request.path == "/readyz" and getattr(record, "status_code", None) == 503)
