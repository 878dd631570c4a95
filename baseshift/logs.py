"""What is left out of the log."""

import logging

from django.http import HttpRequest


class WithoutProbes(logging.Filter):
    """Django writes each 503 down as an error. That of ``/readyz`` is its answer while parts start, many times a second."""

    def filter(self, record: logging.LogRecord) -> bool:
        request: HttpRequest | None = getattr(record, "request", None)
        return not (request and request.path == "/readyz" and getattr(record, "status_code", None) == 503)
