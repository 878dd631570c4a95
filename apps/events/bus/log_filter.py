"""A filter of kafka-python's log records about lost connections."""

import logging


class NoTracebackFilter(logging.Filter):
    """A filter that drops tracebacks: a broker that goes away is no bug, and one line says it.

    For loggers whose records state the error itself, there or in their next line, and of which the client takes each for a
    lost connection, even what it stumbles over because it has just closed one.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = None
        return True
