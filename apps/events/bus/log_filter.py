"""What kafka-python writes down of a connection that is lost."""

import logging


class WithoutTraceback(logging.Filter):
    """A broker that goes away is no fault of the code: a line says it, where the client would add a traceback.

    For loggers whose records tell the error itself, there or in their next line, and of which the client takes each for a
    lost connection, even what it stumbles over because it has just closed one.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = None
        return True
