"""Errors of a database that is unavailable: the caller may try again, where any other error is a bug."""

import sys

from django.db import InterfaceError, InternalError, OperationalError

# What a database that is away, or has ended our connection, raises: nothing is wrong with the data then.
# InternalError is how PostgreSQL's end of a transaction that stood still arrives.
DATABASE_UNAVAILABLE = (OperationalError, InterfaceError, InternalError)


def is_outage(error: BaseException | None) -> bool:
    """Return whether ``error`` says that a database, SQL or MongoDB, could not be reached."""
    return isinstance(error, OperationalError | InterfaceError) or _is_of_mongodb(error)


def _is_of_mongodb(error: BaseException | None) -> bool:
    """Look at the driver's error, which is the cause: MongoDB's backend has one class for whatever goes wrong."""
    driver = sys.modules.get("pymongo.errors")
    if driver is None or error is None:
        return False
    return any(isinstance(one, driver.ConnectionFailure) for one in (error, error.__cause__))
